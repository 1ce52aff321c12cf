"""No room where the live databases are: our error, never the application's, and only for the episode that met it.

The file system is a small one in a mount namespace of its own; a machine that grants none has
``test_local_faults.py``, where the kernel bounds the size of files instead.
"""

import asyncio
import json
import subprocess
import sys
from pathlib import Path

import pytest

from awm_langgraph.catalog import Scenario

MOUNTS = """
mount -t tmpfs -o size=8m tmpfs /dev/shm && mount -t tmpfs -o size=8m tmpfs "$1" && TMPDIR="$1" exec "$2" -c "$3" "$4"
"""

RUNNER = """
import asyncio, json, sys
from pathlib import Path
from awm_langgraph.catalog import Scenario
from awm_langgraph.environment import EnvironmentPool, PoolLimits
from awm_langgraph.environment.fork.runtime import ForkRuntime

async def run():
    scenario = Scenario.model_validate_json(sys.stdin.read())
    runtime = ForkRuntime(cache=Path(sys.argv[1], "cache"))
    pool = EnvironmentPool(Path(sys.argv[1], "episodes"), runtime=runtime, limits=PoolLimits(live=4, spares=0))
    said = []

    async def call(episode_id, snapshot, tool, **arguments):
        async with pool.acquire(episode_id, scenario, snapshot) as environment:
            answer = await environment.call(tool, arguments)
            said.append([episode_id, answer.kind, answer.text, answer.changed])
            return answer.snapshot

    other = await call("other", None, "add_things", size=100_000)
    one = await call("one", None, "add_things", size=100_000)
    one = await call("one", one, "add_things", size=20_000_000)
    other = await call("other", other, "add_things", size=100_000)
    await call("one", one, "add_things", size=100_000)
    counted = await pool.statistics()
    await pool.close()
    await runtime.close()
    print(json.dumps([said, counted.losses, counted.revivals]))

asyncio.run(run())
"""


def can_mount() -> bool:
    tried = subprocess.run(
        ["unshare", "--user", "--map-root-user", "--mount", "mount", "-t", "tmpfs", "tmpfs", "/dev/shm"],
        capture_output=True,
        check=False,
    )
    return tried.returncode == 0


async def test_a_write_for_which_there_is_no_room_is_told_as_ours_and_undone(rogue: Scenario, tmp_path: Path) -> None:
    if not await asyncio.to_thread(can_mount):
        pytest.skip("this machine lets nobody mount a file system of his own")
    small = tmp_path / "small"
    small.mkdir()
    runner = await asyncio.create_subprocess_exec(
        *("unshare", "--user", "--map-root-user", "--mount"),
        *("sh", "-c", MOUNTS, "sh", str(small), sys.executable, RUNNER, str(tmp_path)),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    output, _ = await runner.communicate(rogue.model_dump_json().encode())
    assert runner.returncode == 0
    said, losses, revivals = json.loads(output)
    assert said == [
        ["other", "ok", '"added"', True],
        ["one", "ok", '"added"', True],
        ["one", "environment_error", "Error: the disk of the live databases is full", False],
        ["other", "ok", '"added"', True],
        ["one", "ok", '"added"', True],
    ]
    assert (losses, revivals) == (1, 1)
