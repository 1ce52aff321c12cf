"""Environments that are started before anybody asks: for whom, how many, and when they go."""

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from uuid import uuid4

import pytest
from tests.environment.conftest import PATIENCE_SECONDS, QuickRuntime, until, until_statistics

from awm_langgraph.catalog.scenario import Scenario
from awm_langgraph.environment import EnvironmentPool, PoolLimits
from awm_langgraph.errors import EnvironmentLostError

Make = Callable[[PoolLimits], EnvironmentPool]


@pytest.fixture
async def make(tmp_path: Path, quick: QuickRuntime) -> AsyncIterator[Make]:
    pools: list[EnvironmentPool] = []

    def make(limits: PoolLimits) -> EnvironmentPool:
        pools.append(EnvironmentPool(tmp_path, runtime=quick, limits=limits))
        return pools[-1]

    yield make
    for pool in pools:
        await pool.close()
    assert not quick.running
    homes = tmp_path / ".spares"
    assert not homes.exists() or not list(homes.iterdir())


async def reset(pool: EnvironmentPool, episode_id: str, scenario: Scenario) -> str:
    async with pool.acquire(episode_id, scenario, None) as environment:
        assert (await environment.call("list_notes", {})).text == "one,two"
        return environment.snapshot


def another(scenario: Scenario) -> Scenario:
    return scenario.model_copy(update={"fingerprint": uuid4().hex})


async def warm_up(pool: EnvironmentPool, notes: Scenario, spares: int) -> None:
    """Ask for a scenario twice, and wait for its spares."""
    await reset(pool, "a", notes)
    await reset(pool, "b", notes)
    await until_statistics(pool, spares=spares)


async def ask_twice(pool: EnvironmentPool, notes: Scenario, quick: QuickRuntime) -> None:
    """Ask for a scenario twice, and wait for its spare to be started, which may be gone by then."""
    await reset(pool, "a", notes)
    await reset(pool, "b", notes)
    await until(lambda: quick.started == 3)


async def test_a_scenario_asked_for_twice_has_a_spare_for_the_third(
    make: Make, notes: Scenario, quick: QuickRuntime
) -> None:
    pool = make(PoolLimits(spares=1))
    await warm_up(pool, notes, 1)
    assert quick.started == 3
    async with pool.acquire("c", notes, None) as environment:
        outcome = await environment.call("add_note", {"text": "three"})
    assert (await pool.statistics()).from_spares == 1
    # what it has is the episode's now: where it is looked for, and after its server is gone
    exported = await pool.export("c", outcome.snapshot, "final.db")
    assert exported.read_bytes().startswith(b"SQLite format 3")
    await pool.release("c")
    async with pool.acquire("c", notes, outcome.snapshot) as environment:
        assert (await environment.call("list_notes", {})).text == "one,two,three"
    await until_statistics(pool, spares=1)
    # the one that was handed out was replaced, and the episode revived
    assert quick.started == 5


async def test_no_spare_is_kept_where_none_are_wanted(make: Make, notes: Scenario, quick: QuickRuntime) -> None:
    pool = make(PoolLimits(spares=0))
    for name in ("a", "b", "c"):
        await reset(pool, name, notes)
    assert quick.started == 3


async def test_scenarios_asked_for_once_each_have_no_spare(make: Make, notes: Scenario, quick: QuickRuntime) -> None:
    pool = make(PoolLimits(spares=2))
    for number in range(4):
        await reset(pool, f"e{number}", another(notes))
    assert quick.started == 4


async def test_spares_are_the_first_to_go(make: Make, notes: Scenario, quick: QuickRuntime) -> None:
    pool = make(PoolLimits(live=3, spares=2))
    await warm_up(pool, notes, 1)
    found = await pool.statistics()
    assert (found.live, found.spares) == (3, 1)
    await reset(pool, "other", another(notes))
    found = await pool.statistics()
    assert (found.live, found.spares, found.sleeps) == (3, 0, 0)
    assert quick.most_at_once == 3


async def test_no_place_that_somebody_waits_for_goes_to_a_spare(
    make: Make, notes: Scenario, quick: QuickRuntime
) -> None:
    pool = make(PoolLimits(live=1, spares=1))
    await reset(pool, "a", notes)
    async with pool.acquire("b", notes, None):
        waiter = asyncio.create_task(reset(pool, "c", notes))
        await until_statistics(pool, waiting=1)
    await waiter
    assert quick.most_at_once == 1
    assert (await pool.statistics()).from_spares == 0


async def test_a_spare_whose_idea_of_now_is_outdated_goes(make: Make, notes: Scenario, quick: QuickRuntime) -> None:
    pool = make(PoolLimits(spares=1, template_seconds=0.3))
    await ask_twice(pool, notes, quick)
    await quick.until_running(2)
    assert (await pool.statistics()).spares == 0


async def test_a_spare_that_nobody_comes_for_goes(make: Make, notes: Scenario, quick: QuickRuntime) -> None:
    pool = make(PoolLimits(spares=1, idle_seconds=0.3))
    await ask_twice(pool, notes, quick)
    await quick.until_running(0)
    found = await pool.statistics()
    # that is no episode's sleep
    assert (found.spares, found.sleeps) == (0, 2)


async def test_a_spare_is_not_put_into_a_folder_that_holds_something(
    make: Make, notes: Scenario, quick: QuickRuntime, tmp_path: Path
) -> None:
    pool = make(PoolLimits(spares=1))
    await warm_up(pool, notes, 1)
    (tmp_path / "c").mkdir()
    (tmp_path / "c" / "of somebody else").touch()
    await reset(pool, "c", notes)
    found = await pool.statistics()
    assert (found.from_spares, found.spares) == (0, 1)
    await reset(pool, "d", notes)
    assert (await pool.statistics()).from_spares == 1


async def test_a_spare_that_does_not_start_is_no_episodes_trouble(
    make: Make, notes: Scenario, quick: QuickRuntime
) -> None:
    pool = make(PoolLimits(spares=1))
    await reset(pool, "a", notes)
    async with pool.acquire("b", notes, None):
        quick.refuses = True
        await until_statistics(pool, failures=1)
    quick.refuses = False
    await reset(pool, "c", notes)
    assert (await pool.statistics()).from_spares == 0


async def test_a_spare_that_has_died_is_not_handed_out(make: Make, notes: Scenario, quick: QuickRuntime) -> None:
    pool = make(PoolLimits(spares=1))
    await warm_up(pool, notes, 1)
    for server in list(quick.running):
        server.cancel()
    await quick.until_running(0)
    await reset(pool, "c", notes)
    found = await pool.statistics()
    assert (found.from_spares, found.losses) == (0, 1)


async def test_a_release_while_a_spare_is_handed_out_ends_it(make: Make, notes: Scenario, quick: QuickRuntime) -> None:
    pool = make(PoolLimits(spares=1))
    await warm_up(pool, notes, 1)
    attempt = asyncio.create_task(reset(pool, "c", notes))
    # until it waits for its files
    await asyncio.sleep(0)
    await pool.release("c")
    with pytest.raises(EnvironmentLostError):
        await attempt
    assert (await pool.statistics()).from_spares == 0


async def test_a_spare_is_released_like_any_other(make: Make, notes: Scenario, quick: QuickRuntime) -> None:
    pool = make(PoolLimits(spares=1))
    await warm_up(pool, notes, 1)
    async with pool.acquire("c", notes, None) as environment:
        assert (await pool.statistics()).from_spares == 1
        await pool.release("c")
        assert (await environment.call("list_notes", {})).kind == "environment_error"


def test_a_spare_that_is_going_when_its_event_loop_stops_is_ended_by_the_next(
    tmp_path: Path, notes: Scenario, quick: QuickRuntime
) -> None:
    pool = EnvironmentPool(tmp_path, runtime=quick, limits=PoolLimits(live=3, spares=1))
    homes = tmp_path / ".spares"
    stopped = asyncio.new_event_loop()

    async def stop_while_one_is_going() -> None:
        await warm_up(pool, notes, 1)
        asyncio.create_task(reset(pool, "other", another(notes)))  # noqa: RUF006 - found among the loop's tasks
        for _ in range(3):
            await asyncio.sleep(0)

    async def go_on() -> None:
        await reset(pool, "c", notes)
        await pool.close()

    try:
        stopped.run_until_complete(stop_while_one_is_going())
        assert list(homes.glob("*/live"))
        asyncio.run(go_on())
        assert not list(homes.glob("*/live"))
    finally:
        stopped.run_until_complete(asyncio.wait(asyncio.all_tasks(stopped), timeout=PATIENCE_SECONDS))
        stopped.run_until_complete(stopped.shutdown_default_executor())
        stopped.close()
