import asyncio
from pathlib import Path

from awm_langgraph.catalog.scenario import Scenario
from awm_langgraph.environment import EnvironmentPool, current_pool, use_pool
from awm_langgraph.settings import Settings, use_settings


def spawning(runs: Path) -> Settings:
    return Settings.load(runs_dir=runs, runtime="spawn")


async def test_the_pool_that_was_chosen_is_current_inside_its_context_only(tmp_path: Path) -> None:
    with use_settings(spawning(tmp_path)):
        chosen = EnvironmentPool(tmp_path / "chosen")
        with use_pool(chosen):
            assert current_pool() is chosen
            assert await asyncio.create_task(found_in_a_task()) is chosen
        assert current_pool() is not chosen


async def found_in_a_task() -> EnvironmentPool:
    return current_pool()


async def test_without_a_choice_there_is_one_for_the_process_and_its_settings(tmp_path: Path) -> None:
    with use_settings(spawning(tmp_path / "a")):
        own = current_pool()
        assert own.episodes == tmp_path / "a" / "episodes"
        assert current_pool() is own
    with use_settings(spawning(tmp_path / "b")):
        assert current_pool() is not own
    with use_settings(spawning(tmp_path / "a")):
        assert current_pool() is own


def test_one_event_loop_after_another_shares_it_and_two_at_once_have_one_each(tmp_path: Path, notes: Scenario) -> None:
    async def start_something() -> EnvironmentPool:
        pool = current_pool()
        async with pool.acquire("e1", notes, None):
            return pool

    async def look_on_while_another_loop_runs() -> EnvironmentPool:
        mine = await start_something()
        other = await asyncio.to_thread(asyncio.run, start_something())
        assert other is not mine
        return mine

    with use_settings(spawning(tmp_path)):
        first = asyncio.run(start_something())
        assert asyncio.run(look_on_while_another_loop_runs()) is first
