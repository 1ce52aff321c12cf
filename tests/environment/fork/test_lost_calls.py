"""A child that dies while it is called: a read is made again, once; a write never is, and nothing of it stays."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from tests.environment.conftest import until
from tests.environment.fork.conftest import ended

from awm_langgraph.catalog import Scenario
from awm_langgraph.environment import EnvironmentPool, PoolLimits
from awm_langgraph.environment.fork.runtime import ForkRuntime
from awm_langgraph.environment.local import LocalEnvironment
from awm_langgraph.episode import ToolOutcome

LIMITS = PoolLimits(live=4, spares=0)


@pytest.fixture
async def pool(runtime: ForkRuntime, tmp_path: Path) -> AsyncIterator[EnvironmentPool]:
    pool = EnvironmentPool(tmp_path, runtime=runtime, limits=LIMITS)
    yield pool
    await pool.close()


async def kill_while_it_hangs(environment: LocalEnvironment, log: Path, times: int) -> None:
    """Kill the server when it has begun to hang for that many times in all."""
    await until(lambda: log.exists() and log.read_text().count("hanging") == times)
    os.kill(environment.pid, signal.SIGKILL)


async def call(pool: EnvironmentPool, episode_id: str, scenario: Scenario, snapshot: str, tool: str) -> ToolOutcome:
    async with pool.acquire(episode_id, scenario, snapshot) as environment:
        return await environment.call(tool, {})


async def test_a_write_in_flight_is_told_as_ours_and_undone_and_the_next_call_finds_the_last_snapshot(
    rogue: Scenario, pool: EnvironmentPool
) -> None:
    async with pool.acquire("other", rogue, None) as neighbour, pool.acquire("one", rogue, None) as environment:
        assert isinstance(environment, LocalEnvironment)
        assert isinstance(neighbour, LocalEnvironment)
        snapshot, pid, spared = environment.snapshot, environment.pid, neighbour.pid
        calling = asyncio.create_task(environment.call("write_and_hang", {}))
        await kill_while_it_hangs(environment, pool.folder_of("one") / "server.log", 1)
        told = await calling
        assert (told.kind, told.is_infrastructure, told.changed) == ("environment_error", True, False)
        assert (told.snapshot, environment.pid) == (snapshot, pid)
        assert ((await neighbour.call("count_things", {})).text, neighbour.pid) == ("1", spared)
    log = pool.folder_of("one") / "server.log"
    assert log.read_text().count("hanging") == 1
    found = await call(pool, "one", rogue, snapshot, "count_things")
    assert (found.kind, found.text, found.snapshot) == ("ok", "1", snapshot)
    counted = await pool.statistics()
    assert (counted.losses, counted.revivals) == (1, 1)


async def test_a_read_in_flight_is_made_again_of_a_new_server_at_the_same_snapshot(
    rogue: Scenario, pool: EnvironmentPool
) -> None:
    async with pool.acquire("one", rogue, None) as environment:
        assert isinstance(environment, LocalEnvironment)
        added = await environment.call("add_things", {"size": 10})
        pid = environment.pid
        calling = asyncio.create_task(environment.call("hang_the_first_time", {}))
        await kill_while_it_hangs(environment, pool.folder_of("one") / "server.log", 1)
        answer = await calling
        assert (answer.kind, answer.text, answer.changed) == ("ok", '"pong"', False)
        assert (answer.snapshot, environment.snapshot) == (added.snapshot, added.snapshot)
        assert environment.pid != pid
        again = await environment.call("add_things", {"size": 10})
        assert (again.kind, again.changed) == ("ok", True)
    counted = await pool.statistics()
    assert (counted.losses, counted.revivals) == (1, 1)


async def test_a_read_is_made_again_once_only(rogue: Scenario, pool: EnvironmentPool) -> None:
    async with pool.acquire("one", rogue, None) as environment:
        assert isinstance(environment, LocalEnvironment)
        log = pool.folder_of("one") / "server.log"
        calling = asyncio.create_task(environment.call("hang", {}))
        for times in (1, 2):
            await kill_while_it_hangs(environment, log, times)
        assert (await calling).kind == "environment_error"
        assert log.read_text().count("hanging") == 2


@pytest.mark.parametrize("turns", [0, 3, 10, 30, 100])
async def test_an_episode_that_is_closed_while_a_read_is_made_again_leaves_no_process_and_no_file(
    turns: int, rogue: Scenario, runtime: ForkRuntime, tmp_path: Path
) -> None:
    environment = LocalEnvironment(rogue, tmp_path, runtime)
    territory = runtime.live_folder(rogue, tmp_path).parent
    await environment.open(None)
    calling = asyncio.create_task(environment.call("hang", {}))
    await kill_while_it_hangs(environment, tmp_path / "server.log", 1)
    await until(lambda: not environment.is_alive)
    for _ in range(turns):
        await asyncio.sleep(0)
    await environment.close()
    assert (await calling).kind == "environment_error"
    assert not environment.is_alive
    # without one, no server was started again
    assert environment.pid == 0 or await asyncio.to_thread(ended, environment.pid)
    assert [path.name for path in territory.iterdir() if not path.name.startswith("scratch-")] == []


async def test_a_read_finds_a_server_that_died_between_calls_replaced_and_a_write_does_not(
    rogue: Scenario, pool: EnvironmentPool
) -> None:
    async with pool.acquire("one", rogue, None) as environment:
        assert isinstance(environment, LocalEnvironment)
        added = await environment.call("add_things", {"size": 10})
        os.kill(environment.pid, signal.SIGKILL)
        assert await asyncio.to_thread(ended, environment.pid)
        await until(lambda: not environment.is_alive)
        assert (await environment.call("add_things", {"size": 10})).kind == "environment_error"
        read = await environment.call("count_things", {})
        assert (read.kind, read.changed, read.snapshot) == ("ok", False, added.snapshot)
