"""The pool over servers in this process: bounds, order of arrival, sleep and revival, cancellation, ends."""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path

import pytest
from tests.environment.conftest import QuickRuntime, until, until_statistics

from awm_langgraph.catalog.scenario import Scenario
from awm_langgraph.environment import EnvironmentPool, PoolLimits
from awm_langgraph.environment.local import LocalEnvironment
from awm_langgraph.environment.memory import private_bytes
from awm_langgraph.errors import EnvironmentBuildError, EnvironmentLostError, SnapshotError, UsageError


@pytest.fixture
async def pool(tmp_path: Path, quick: QuickRuntime) -> AsyncIterator[EnvironmentPool]:
    """Make a pool of two places and no spares."""
    pool = EnvironmentPool(tmp_path, runtime=quick, limits=PoolLimits(live=2, spares=0))
    yield pool
    await pool.close()
    assert not quick.running


async def write(pool: EnvironmentPool, episode_id: str, notes: Scenario, snapshot: str | None, text: str) -> str:
    """Add a note and answer the snapshot."""
    async with pool.acquire(episode_id, notes, snapshot) as environment:
        outcome = await environment.call("add_note", {"text": text})
        assert outcome.kind == "ok", outcome.text
        return outcome.snapshot


async def read(pool: EnvironmentPool, episode_id: str, notes: Scenario, snapshot: str | None) -> str:
    async with pool.acquire(episode_id, notes, snapshot) as environment:
        return (await environment.call("list_notes", {})).text


async def test_an_environment_at_the_snapshot_is_used_again_and_any_other_snapshot_is_revived(
    pool: EnvironmentPool, notes: Scenario
) -> None:
    async with pool.acquire("e1", notes, None) as first:
        initial = first.snapshot
        written = (await first.call("add_note", {"text": "three"})).snapshot
    async with pool.acquire("e1", notes, written) as again:
        assert again is first
    async with pool.acquire("e1", notes, initial) as rewound:
        assert rewound is not first
        assert rewound.snapshot == initial
        assert (await rewound.call("list_notes", {})).text == "one,two"
    assert await read(pool, "e1", notes, written) == "one,two,three"


async def test_a_snapshot_that_is_nowhere_is_an_error_and_starts_nothing(
    pool: EnvironmentPool, notes: Scenario, quick: QuickRuntime
) -> None:
    with pytest.raises(SnapshotError):
        await read(pool, "e1", notes, "0" * 64)
    assert quick.started == 0
    found = await pool.statistics()
    assert (found.failures, found.sleeping) == (1, 0)


@pytest.mark.parametrize("episode_id", ["../up", "", "a/b", ".", "x" * 101])
async def test_an_episode_id_cannot_leave_the_folder(pool: EnvironmentPool, episode_id: str, notes: Scenario) -> None:
    with pytest.raises(UsageError, match="expected an episode id"):
        pool.folder_of(episode_id)
    with pytest.raises(UsageError, match="expected an episode id"):
        await read(pool, episode_id, notes, None)


async def test_beyond_the_bound_the_episode_used_longest_ago_sleeps_and_is_revived_as_it_was(
    pool: EnvironmentPool, notes: Scenario, quick: QuickRuntime
) -> None:
    names = [f"e{number}" for number in range(6)]
    written = {name: await write(pool, name, notes, None, name) for name in names}
    assert quick.most_at_once == 2
    found = await pool.statistics()
    assert (found.live, found.sleeping, found.sleeps, found.resets, found.revivals) == (2, 4, 4, 6, 0)
    revivals = []
    for name in ("e5", "e4", "e0", "e4", "e5"):
        assert await read(pool, name, notes, written[name]) == f"one,two,{name}"
        revivals.append((await pool.statistics()).revivals)
    assert revivals == [0, 0, 1, 1, 2]
    assert quick.most_at_once == 2


async def test_where_memory_runs_short_fewer_episodes_stay_awake(
    tmp_path: Path, notes: Scenario, quick: QuickRuntime
) -> None:
    # every server of this runtime seems to have what this process has
    each = private_bytes(os.getpid())
    limits = PoolLimits(live=1000, memory_bytes=int(2.5 * each), spares=0)
    pool = EnvironmentPool(tmp_path, runtime=quick, limits=limits)
    snapshots: dict[str, str] = {}
    while not (await pool.statistics()).sleeps:
        name = f"e{len(snapshots)}"
        snapshots[name] = await write(pool, name, notes, None, name)
    # two, give or take what this process has come to use or to let go of since
    await until(lambda: len(quick.running) <= 3)
    for name in ("e0", "e1", "e2"):
        assert await read(pool, name, notes, snapshots[name]) == f"one,two,{name}"
        assert len(quick.running) <= 3
    await pool.close()


async def test_who_finds_every_place_lent_waits_and_is_served_in_order_of_arrival(
    tmp_path: Path, notes: Scenario, quick: QuickRuntime
) -> None:
    pool = EnvironmentPool(tmp_path, runtime=quick, limits=PoolLimits(live=1, spares=0))
    served: list[str] = []

    async def visit(name: str) -> None:
        async with pool.acquire(name, notes, None):
            served.append(name)

    async with pool.acquire("first", notes, None) as environment:
        snapshot = environment.snapshot
        visits = []
        for name in ("a", "b", "c"):
            visits.append(asyncio.create_task(visit(name)))
            await until_statistics(pool, waiting=len(visits))
    # who comes back at once has no right of way
    await read(pool, "first", notes, snapshot)
    served.append("first again")
    await asyncio.gather(*visits)
    assert served == ["a", "b", "c", "first again"]
    assert quick.most_at_once == 1
    await pool.close()


async def test_no_more_start_at_once_than_the_runtime_can_do_with_gain(
    tmp_path: Path, notes: Scenario, quick: QuickRuntime
) -> None:
    quick.starts_at_once = 2
    quick.may_start.clear()
    pool = EnvironmentPool(tmp_path, runtime=quick, limits=PoolLimits(live=5, spares=0))
    readers = [asyncio.create_task(read(pool, f"e{number}", notes, None)) for number in range(5)]
    await until_statistics(pool, live=5)
    await quick.until_running(2)
    assert quick.most_at_once == 2
    quick.may_start.set()
    assert await asyncio.gather(*readers) == ["one,two"] * 5
    await pool.close()


async def test_who_gives_up_waiting_takes_no_place_along(tmp_path: Path, notes: Scenario, quick: QuickRuntime) -> None:
    pool = EnvironmentPool(tmp_path, runtime=quick, limits=PoolLimits(live=1, spares=0))
    async with pool.acquire("holder", notes, None):
        waiter = asyncio.create_task(read(pool, "waiter", notes, None))
        await until_statistics(pool, waiting=1)
        waiter.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiter
    assert await read(pool, "next", notes, None) == "one,two"
    assert (await pool.statistics()).waiting == 0
    await pool.close()


async def test_who_gives_up_during_the_start_leaves_no_server_no_files_and_a_free_place(
    tmp_path: Path, notes: Scenario, quick: QuickRuntime
) -> None:
    pool = EnvironmentPool(tmp_path, runtime=quick, limits=PoolLimits(live=1, spares=0))
    quick.may_start.clear()
    starter = asyncio.create_task(read(pool, "e1", notes, None))
    await quick.until_running(1)
    starter.cancel()
    with pytest.raises(asyncio.CancelledError):
        await starter
    await quick.until_running(0)
    quick.may_start.set()
    # its own episode, too, must be startable again
    assert await read(pool, "e1", notes, None) == "one,two"
    found = await pool.statistics()
    assert (found.live, found.failures) == (1, 0)
    await pool.close()
    assert not (tmp_path / "e1" / "live").exists()


async def test_a_start_that_fails_is_told_to_its_acquirer_and_frees_its_place(
    tmp_path: Path, notes: Scenario, quick: QuickRuntime
) -> None:
    pool = EnvironmentPool(tmp_path, runtime=quick, limits=PoolLimits(live=1, spares=0))
    quick.refuses = True
    for _ in range(3):
        with pytest.raises(EnvironmentBuildError):
            await read(pool, "e1", notes, None)
    quick.refuses = False
    assert await read(pool, "e2", notes, None) == "one,two"
    assert (await pool.statistics()).failures == 3
    await pool.close()


async def test_an_environment_found_dead_is_revived_and_counted(
    pool: EnvironmentPool, notes: Scenario, quick: QuickRuntime
) -> None:
    snapshot = await write(pool, "e1", notes, None, "three")
    for server in quick.running:
        server.cancel()
    await quick.until_running(0)
    assert await read(pool, "e1", notes, snapshot) == "one,two,three"
    found = await pool.statistics()
    assert (found.losses, found.revivals, found.live) == (1, 1, 1)


async def test_an_environment_that_dies_while_it_is_lent_frees_its_place_at_once(
    pool: EnvironmentPool, notes: Scenario, quick: QuickRuntime
) -> None:
    async with pool.acquire("e1", notes, None) as environment:
        for server in quick.running:
            server.cancel()
        await quick.until_running(0)
        assert (await environment.call("list_notes", {})).kind == "environment_error"
    assert (await pool.statistics()).losses == 1


async def test_after_a_call_that_was_given_up_the_database_is_the_snapshots_again(
    pool: EnvironmentPool, notes: Scenario, quick: QuickRuntime
) -> None:
    async with pool.acquire("e1", notes, None) as environment:
        initial = environment.snapshot
        quick.may_write.clear()
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.05):
                await environment.call("add_note", {"text": "unwanted"})
        quick.may_write.set()
    assert await read(pool, "e1", notes, initial) == "one,two"


async def test_an_environment_that_nobody_asks_for_is_put_to_sleep(
    tmp_path: Path, notes: Scenario, quick: QuickRuntime
) -> None:
    pool = EnvironmentPool(tmp_path, runtime=quick, limits=PoolLimits(idle_seconds=0.01, spares=0))
    snapshot = await write(pool, "e1", notes, None, "three")
    await quick.until_running(0)
    found = await pool.statistics()
    assert (found.sleeps, found.sleeping) == (1, 1)
    assert await read(pool, "e1", notes, snapshot) == "one,two,three"
    await pool.close()


async def test_a_released_episode_has_no_server_and_can_be_opened_again(
    pool: EnvironmentPool, notes: Scenario, quick: QuickRuntime
) -> None:
    snapshot = await write(pool, "e1", notes, None, "three")
    await asyncio.gather(pool.release("e1"), pool.release("e1"))
    await pool.release("unheard-of")
    assert not quick.running
    found = await pool.statistics()
    assert (found.live, found.sleeping) == (0, 0)
    assert await read(pool, "e1", notes, snapshot) == "one,two,three"


async def test_an_environment_can_be_released_from_under_its_holder(
    pool: EnvironmentPool, notes: Scenario, quick: QuickRuntime
) -> None:
    async with pool.acquire("e1", notes, None) as environment:
        await pool.release("e1")
        assert not quick.running
        assert (await environment.call("list_notes", {})).kind == "environment_error"
    found = await pool.statistics()
    assert (found.live, found.lent, found.sleeping, found.losses) == (0, 0, 0, 0)


async def test_a_release_while_a_place_or_the_episode_is_waited_for_is_told_to_who_waits(
    tmp_path: Path, notes: Scenario, quick: QuickRuntime
) -> None:
    pool = EnvironmentPool(tmp_path, runtime=quick, limits=PoolLimits(live=1, spares=0))
    async with pool.acquire("holder", notes, None):
        waiters = [asyncio.create_task(read(pool, name, notes, None)) for name in ("waiter", "waiter", "holder")]
        await until_statistics(pool, waiting=1)
        await pool.release("waiter")
        again = asyncio.create_task(read(pool, "waiter", notes, None))
        await pool.release("holder")
    for waiter in waiters:
        with pytest.raises(EnvironmentLostError, match="was released"):
            await waiter
    assert await again == "one,two"
    assert quick.started == 2
    await pool.close()


async def test_a_release_during_the_start_ends_the_start(
    pool: EnvironmentPool, notes: Scenario, quick: QuickRuntime
) -> None:
    quick.may_start.clear()
    starter = asyncio.create_task(read(pool, "e1", notes, None))
    await quick.until_running(1)
    await pool.release("e1")
    assert not quick.running
    with pytest.raises(EnvironmentLostError):
        await starter


async def test_closing_ends_everything_sends_away_who_waits_and_may_be_repeated(
    tmp_path: Path, notes: Scenario, quick: QuickRuntime
) -> None:
    pool = EnvironmentPool(tmp_path, runtime=quick, limits=PoolLimits(live=1))
    holding = pool.acquire("holder", notes, None)
    await holding.__aenter__()
    waiters = [asyncio.create_task(read(pool, name, notes, None)) for name in ("holder", "waiter")]
    await until_statistics(pool, waiting=1)
    await asyncio.gather(pool.close(), pool.close())
    assert not quick.running
    await holding.__aexit__(None, None, None)
    for waiter in waiters:
        with pytest.raises(EnvironmentLostError):
            await waiter
    with pytest.raises(UsageError, match="found it closed"):
        await read(pool, "late", notes, None)
    await pool.release("holder")
    assert not quick.running
    with suppress(FileNotFoundError):
        assert not list((tmp_path / "holder" / "live").iterdir())


async def test_a_snapshot_that_cannot_be_taken_makes_the_environment_start_again_from_the_last(
    pool: EnvironmentPool, notes: Scenario, tmp_path: Path
) -> None:
    async with pool.acquire("e1", notes, None) as environment:
        assert isinstance(environment, LocalEnvironment)
        initial = environment.snapshot
        (tmp_path / "e1" / "snapshots").rename(tmp_path / "taken away")
        outcome = await environment.call("add_note", {"text": "three"})
        assert (outcome.kind, outcome.snapshot) == ("environment_error", initial)
        (tmp_path / "taken away").rename(tmp_path / "e1" / "snapshots")
    assert await read(pool, "e1", notes, initial) == "one,two"
