"""The pool over real processes: sleep, death, one event loop after another, the end of the program."""

import asyncio
import os
import secrets
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from blockbuster import blockbuster_ctx
from tests.environment.conftest import PATIENCE_SECONDS
from tests.environment.fork.conftest import ended

from awm_langgraph.catalog.scenario import Scenario
from awm_langgraph.environment import EnvironmentPool, PoolLimits, runtime_for
from awm_langgraph.environment.local import LocalEnvironment
from awm_langgraph.environment.runtime import Runtime
from awm_langgraph.errors import UsageError
from awm_langgraph.settings import Settings

ONE = PoolLimits(live=1, spares=0)


@pytest.fixture(params=["fork", "spawn"])
def runtime(request: pytest.FixtureRequest) -> Iterator[Runtime]:
    if request.param == "fork" and sys.platform != "linux":
        pytest.skip("forking needs Linux")
    runtime = runtime_for(Settings.load(runtime=request.param))
    yield runtime
    asyncio.run(runtime.close())


async def write(pool: EnvironmentPool, episode_id: str, notes: Scenario, snapshot: str | None) -> tuple[str, int]:
    """Add a note named like the episode; answer the snapshot and the process."""
    async with pool.acquire(episode_id, notes, snapshot) as environment:
        assert isinstance(environment, LocalEnvironment)
        outcome = await environment.call("add_note", {"text": f"note of {episode_id}"})
        assert outcome.kind == "ok", outcome.text
        return outcome.snapshot, environment.pid


async def read(pool: EnvironmentPool, episode_id: str, notes: Scenario, snapshot: str) -> str:
    async with pool.acquire(episode_id, notes, snapshot) as environment:
        return (await environment.call("list_notes", {})).text


def test_episodes_take_turns_in_one_place_and_the_event_loop_is_never_blocked(
    tmp_path: Path, notes: Scenario, runtime: Runtime
) -> None:
    async def play() -> None:
        pool = EnvironmentPool(tmp_path, runtime=runtime, limits=ONE)
        first, pid = await write(pool, "e1", notes, None)
        second, _ = await write(pool, "e2", notes, None)
        assert ended(pid, 0)
        found = await pool.statistics()
        assert (found.live, found.sleeping, found.sleeps) == (1, 1, 1)
        assert found.private_bytes > 1_000_000
        assert "note of e1" in await read(pool, "e1", notes, first)
        assert "note of e1" not in await read(pool, "e2", notes, second)
        await pool.release("e2")
        await pool.close()

    # the settings are read before: a program does that first
    EnvironmentPool(tmp_path)
    with blockbuster_ctx():
        asyncio.run(play())
    assert (tmp_path / "e1" / "server.log").exists()
    assert not (tmp_path / "e1" / "live").exists()


def test_a_server_that_was_killed_is_replaced_at_its_snapshot(
    tmp_path: Path, notes: Scenario, runtime: Runtime
) -> None:
    async def play() -> None:
        pool = EnvironmentPool(tmp_path, runtime=runtime, limits=ONE)
        snapshot, pid = await write(pool, "e1", notes, None)
        os.kill(pid, signal.SIGKILL)
        text = ""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while "note of e1" not in text:
                # until its death is noticed it is still lent
                text = await read(pool, "e1", notes, snapshot)
        found = await pool.statistics()
        assert (found.losses, found.revivals) == (1, 1)
        await pool.close()

    asyncio.run(play())


def test_a_pool_serves_one_event_loop_after_another(tmp_path: Path, notes: Scenario, runtime: Runtime) -> None:
    pool = EnvironmentPool(tmp_path, runtime=runtime, limits=ONE)
    snapshot, pid = asyncio.run(write(pool, "e1", notes, None))
    # the end of a loop has ended what it started
    assert ended(pid)
    assert "note of e1" in asyncio.run(read(pool, "e1", notes, snapshot))
    assert asyncio.run(pool.statistics()).revivals == 1
    asyncio.run(pool.close())


def test_what_a_stopped_event_loop_left_behind_is_killed_by_the_next(
    tmp_path: Path, notes: Scenario, runtime: Runtime
) -> None:
    pool = EnvironmentPool(tmp_path, runtime=runtime, limits=ONE)
    stopped = asyncio.new_event_loop()
    try:
        lending = pool.acquire("e1", notes, None)
        environment = stopped.run_until_complete(lending.__aenter__())
        assert isinstance(environment, LocalEnvironment)
        snapshot = environment.snapshot

        async def go_on() -> str:
            text = await read(pool, "e1", notes, snapshot)
            await pool.close()
            return text

        assert "one" in asyncio.run(go_on())
        # the one who held it learns of it, should his loop ever run again
        late = stopped.run_until_complete(environment.call("list_notes", {}))
        assert late.kind == "environment_error"
        stopped.run_until_complete(lending.__aexit__(None, None, None))
        stopped.run_until_complete(environment.close())
        assert ended(environment.pid, 0)
    finally:
        stopped.run_until_complete(stopped.shutdown_default_executor())
        stopped.close()


async def test_two_event_loops_at_once_are_refused(tmp_path: Path, notes: Scenario) -> None:
    pool = EnvironmentPool(tmp_path, runtime=runtime_for(Settings.load(runtime="spawn")), limits=ONE)
    await write(pool, "e1", notes, None)
    with pytest.raises(UsageError, match="one event loop at a time"):
        await asyncio.to_thread(asyncio.run, write(pool, "e2", notes, None))
    await pool.close()


async def test_an_episode_whose_snapshots_take_too_much_is_told_how_to_allow_more_and_its_siblings_go_on(
    tmp_path: Path, notes: Scenario, runtime: Runtime
) -> None:
    limits = PoolLimits(live=2, spares=0, snapshot_bytes=50_000)
    pool = EnvironmentPool(tmp_path, runtime=runtime, limits=limits)
    async with pool.acquire("hungry", notes, None) as hungry, pool.acquire("other", notes, None) as other:
        before = hungry.snapshot
        outcome = await hungry.call("add_note", {"text": secrets.token_hex(60_000)})
        assert (outcome.kind, outcome.changed, outcome.snapshot) == ("environment_error", False, before)
        assert "0.1 MB allowed" in outcome.text
        assert "AWM_SNAPSHOT_BUDGET" in outcome.text
        assert (await other.call("add_note", {"text": "modest"})).kind == "ok"
    async with pool.acquire("hungry", notes, before) as hungry:
        assert (await hungry.call("add_note", {"text": "modest"})).kind == "ok"
    await pool.close()


PROGRAM = """
import asyncio
from awm_langgraph.catalog import Catalog
from awm_langgraph.environment import current_pool

async def main():
    scenario = Catalog.open("bundled").scenario("support_desk")
    async with current_pool().acquire("abandoned", scenario, None) as environment:
        print(environment.pid)

loop = asyncio.new_event_loop()
loop.run_until_complete(main())
"""


def test_a_program_that_ends_leaves_no_process_of_the_pool_that_it_never_closed(tmp_path: Path) -> None:
    program = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        env={**os.environ, "AWM_RUNS_DIR": "runs"},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=3 * PATIENCE_SECONDS,
        check=False,
    )
    assert program.returncode == 0, program.stderr
    assert ended(int(program.stdout))
    assert list((tmp_path / "runs" / "episodes" / "abandoned" / "snapshots").iterdir())
    assert not (tmp_path / "runs" / "episodes" / "abandoned" / "live").exists()
