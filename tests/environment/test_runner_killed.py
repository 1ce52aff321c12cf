"""A runner that is killed, with either runtime: no process stays, and what its calls wrote is there to go on from."""

import asyncio
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from tests.environment.fork.conftest import descendants_of, ended

from awm_langgraph.catalog.scenario import Scenario
from awm_langgraph.environment import EnvironmentPool, PoolLimits, runtime_for
from awm_langgraph.settings import Settings

RUNNER = """
import asyncio, json, sys
from pathlib import Path
from awm_langgraph.catalog import Scenario
from awm_langgraph.environment import EnvironmentPool, PoolLimits, runtime_for
from awm_langgraph.settings import Settings

async def run():
    scenario = Scenario.model_validate_json(sys.stdin.read())
    runtime = runtime_for(Settings.load(runtime=sys.argv[2]))
    pool = EnvironmentPool(Path(sys.argv[1]), runtime=runtime, limits=PoolLimits(live=4, spares=2))
    for episode_id in ("first", "second"):
        async with pool.acquire(episode_id, scenario, None) as environment:
            await environment.call("add_note", {"text": episode_id})
    async with pool.acquire("second", scenario, environment.snapshot) as environment:
        print(json.dumps(environment.snapshot), flush=True)
        await environment.call("hang", {})

asyncio.run(run())
"""


def working_folder(pid: int) -> str:
    try:
        return os.readlink(f"/proc/{pid}/cwd")
    except (FileNotFoundError, ProcessLookupError):
        # one that tries tools may have ended just now
        return "/"


@pytest.mark.parametrize("name", ["fork", "spawn"])
async def test_no_process_survives_a_runner_that_is_killed_and_its_episodes_go_on_from_their_snapshots(
    name: str, notes: Scenario, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    # the folders of a spawning runner's sockets are left until the next one looks: here, where they go with the test's
    place = {"TMPDIR": str(tmp_path_factory.mktemp("t"))} if name == "spawn" else {}
    runner = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", RUNNER, str(tmp_path), name),
        env=os.environ | place,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert runner.stdin is not None
    assert runner.stdout is not None
    runner.stdin.write(notes.model_dump_json().encode())
    runner.stdin.close()
    try:
        snapshot = json.loads(await runner.stdout.readline())
        tree = descendants_of(runner.pid)
        live = {folder for folder in map(working_folder, tree) if folder != "/"}
        assert live
    finally:
        runner.kill()
        await runner.wait()
    for pid in tree:
        assert await asyncio.to_thread(ended, pid)
    # what is on disk ends with the episode
    assert [folder for folder in live if folder.startswith("/dev/shm") and os.path.exists(folder)] == []

    runtime = runtime_for(Settings.load(runtime=name))
    pool = EnvironmentPool(tmp_path, runtime=runtime, limits=PoolLimits(live=4, spares=0))
    async with pool.acquire("second", notes, snapshot) as environment:
        assert "second" in (await environment.call("list_notes", {})).text
    await pool.close()
    await runtime.close()
