"""Forks of one thread that go on at the same time, through LangGraph's own API: one environment, one folder."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.memory import InMemorySaver

from awm_langgraph.agent import EpisodeContext, create_awm_graph
from awm_langgraph.agent.surroundings import CatalogSurroundings
from awm_langgraph.agent.surroundings.catalog import open_shared
from awm_langgraph.catalog import Scenario
from awm_langgraph.environment import Environment, EnvironmentPool, use_pool
from awm_langgraph.environment.runtime import Runtime
from awm_langgraph.errors import EnvironmentLostError

SOLVER = EpisodeContext.model_validate({"agent": "scripted:solver", "expert_kind": "none"})
REQUEST: Any = {"scenario": "support_desk", "task_idx": 3, "episode_id": "e1"}
THREAD: RunnableConfig = {"configurable": {"thread_id": "t1"}}
STATE: Any = {"episode_id": "e1"}


async def test_forks_that_end_at_different_times_do_not_break_each_other(pool: EnvironmentPool) -> None:
    graph = create_awm_graph(checkpointer=InMemorySaver())
    await graph.ainvoke(REQUEST, THREAD, context=SOLVER)
    line = [one async for one in graph.aget_state_history(THREAD) if one.next in (("agent",), ("verifier",))]
    forks = [await graph.aupdate_state(one.config, None, as_node="__copy__") for one in line * 2]
    ends = await asyncio.gather(*(graph.ainvoke(None, fork, context=SOLVER) for fork in forks))
    assert [end["error"] for end in ends] == [""] * len(forks)
    assert [end["verdict"]["error"] for end in ends] == [""] * len(forks)
    assert [end["outcome"] for end in ends] == ["complete"] * len(forks)
    assert [[call["kind"] for call in end["calls"]] for end in ends] == [["ok"] * 3] * len(forks)
    databases = sorted(path.name for path in (pool.episodes / "e1").glob("*.db"))
    assert databases == ["final.db", "initial.db"]


async def test_an_environment_that_somebody_holds_is_not_released_by_the_end_of_another_fork(
    pool: EnvironmentPool,
) -> None:
    surroundings = CatalogSurroundings()
    state: Any = {**STATE, "task": open_shared("bundled").task("support_desk", 3).model_dump(mode="json")}
    async with surroundings.lend(state, None) as environment:
        await surroundings.release(state)
        assert (await environment.call("get_ticket", {"ticket_id": 12})).kind == "ok"
    await surroundings.release(state)
    assert (await pool.statistics()).live == 0


class ReleasedOnce(EnvironmentPool):
    """A pool in which the episode is released while the first to ask for it is waiting."""

    is_released = False

    @asynccontextmanager
    async def acquire(self, episode_id: str, scenario: Scenario, snapshot: str | None) -> AsyncIterator[Environment]:
        if not self.is_released:
            self.is_released = True
            raise EnvironmentLostError("the environment was ended while it was being started")
        async with super().acquire(episode_id, scenario, snapshot) as environment:
            yield environment


async def test_whoever_waited_for_an_environment_that_was_released_gets_it_all_the_same(
    tmp_path: Path, runtime: Runtime
) -> None:
    pool = ReleasedOnce(tmp_path / "episodes", runtime=runtime)
    state: Any = {**STATE, "task": open_shared("bundled").task("support_desk", 3).model_dump(mode="json")}
    with use_pool(pool):
        async with CatalogSurroundings().lend(state, None) as environment:
            assert environment.snapshot
    await pool.close()
