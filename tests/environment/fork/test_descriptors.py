"""A runner that has ten thousand files open, and one that can open no more."""

import asyncio
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from awm_langgraph.catalog import Scenario

PRELUDE = """
import asyncio, json, os, resource, sys
from pathlib import Path
from awm_langgraph.catalog import Scenario
from awm_langgraph.environment import EnvironmentPool, PoolLimits
from awm_langgraph.environment.fork.interface import InterfaceCache
from awm_langgraph.environment.fork.runtime import ForkRuntime
from awm_langgraph.errors import EpisodeError

soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
scenario = Scenario.model_validate_json(sys.stdin.read())

async def play(pool, episode_id, snapshot=None, between=lambda: None):
    try:
        async with pool.acquire(episode_id, scenario, snapshot) as environment:
            between()
            answer = await environment.call("add_things", {"size": 10})
            return [answer.kind, answer.changed, answer.snapshot]
    except EpisodeError as error:
        return [type(error).__name__, False, ""]
"""

MANY = """
async def run():
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    held = [os.open(os.devnull, os.O_RDONLY) for _ in range(min(10_000, hard - 1000))]
    runtime = ForkRuntime(cache=Path(sys.argv[1], "cache"))
    pool = EnvironmentPool(Path(sys.argv[1], "episodes"), runtime=runtime, limits=PoolLimits(live=4, spares=0))
    first = await play(pool, "one")
    again = await play(pool, "one", first[2])
    async with pool.acquire("two", scenario, None) as environment:
        in_child = os.listdir(f"/proc/{environment.pid}/fd")
    await pool.close()
    await runtime.close()
    print(json.dumps([len(held), first[:2], again[:2], len(in_child)]))

asyncio.run(run())
"""

NO_MORE = """
async def leave_nothing_to_try():
    # a trial that goes on beside the episodes would give descriptors back at any moment
    runtime = ForkRuntime(cache=Path(sys.argv[1], "cache"))
    pool = EnvironmentPool(Path(sys.argv[1], "first"), runtime=runtime, limits=PoolLimits(live=1, spares=0))
    await play(pool, "first")
    await pool.close()
    await runtime.close()
    cache = InterfaceCache(Path(sys.argv[1], "cache"))
    cache.write(scenario, cache.read(scenario).model_copy(update={"rehearsal": ()}))

async def run():
    await leave_nothing_to_try()
    runtime = ForkRuntime(cache=Path(sys.argv[1], "cache"))
    pool = EnvironmentPool(Path(sys.argv[1], "episodes"), runtime=runtime, limits=PoolLimits(live=8, spares=0))
    before = await play(pool, "before")
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    held = []

    def take_all():
        resource.setrlimit(resource.RLIMIT_NOFILE, (max(map(int, os.listdir("/proc/self/fd"))) + 40, hard))
        take_what_is_left()

    def take_what_is_left():
        try:
            while True:
                held.append(os.open(os.devnull, os.O_RDONLY))
        except OSError:
            pass

    def give_back():
        while held:
            os.close(held.pop())

    during = await play(pool, "during", between=take_all)
    take_what_is_left()
    # enough to lay files down, one after the other, and too little for a server's streams
    for _ in range(2):
        os.close(held.pop())
    open_before = os.listdir("/proc/self/fd")
    refused = await play(pool, "refused")
    left_open = len(os.listdir("/proc/self/fd")) - len(open_before)
    give_back()
    after = [await play(pool, name, snapshot) for name, snapshot in (("before", before[2]), ("refused", None))]
    await pool.close()
    await runtime.close()
    print(json.dumps([left_open, before[:2], during[:2], refused[:2], *(one[:2] for one in after)]))

asyncio.run(run())
"""


async def said_by(program: str, scenario: Scenario, folder: Path) -> Any:
    runner = await asyncio.create_subprocess_exec(
        sys.executable, "-c", PRELUDE + program, str(folder), stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    output, _ = await runner.communicate(scenario.model_dump_json().encode())
    assert runner.returncode == 0
    return json.loads(output)


async def test_ten_thousand_open_files_change_nothing_and_reach_no_child(rogue: Scenario, tmp_path: Path) -> None:
    held, first, again, in_child = await said_by(MANY, rogue, tmp_path)
    assert (first, again) == (["ok", True], ["ok", True])
    assert in_child < 20 < held


async def test_an_episode_for_which_no_file_can_be_opened_is_told_so_and_the_others_go_on(
    rogue: Scenario, tmp_path: Path
) -> None:
    left_open, before, during, refused, *after = await said_by(NO_MORE, rogue, tmp_path)
    assert before == ["ok", True]
    assert during == ["environment_error", False]
    assert (refused, left_open) == (["EnvironmentBuildError", False], 0)
    assert after == [["ok", True], ["ok", True]]
