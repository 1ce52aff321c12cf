"""Time travel through LangGraph's own API: going back to a checkpoint takes the database back with it."""

import asyncio
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from typing import Any, cast

import pytest
from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.types import StateSnapshot

from awm_langgraph.agent import EpisodeContext, EpisodeGraph, create_awm_graph
from awm_langgraph.environment import EnvironmentPool

SOLVER = EpisodeContext.model_validate({"agent": "scripted:solver", "expert_kind": "none"})
REQUEST: Any = {"scenario": "support_desk", "task_idx": 3, "episode_id": "e1"}
THREAD: RunnableConfig = {"configurable": {"thread_id": "t1"}}


@pytest.fixture
async def graph(pool: EnvironmentPool) -> EpisodeGraph:
    """Run one episode to its end: look at a ticket, comment on it, update it."""
    graph = create_awm_graph(checkpointer=InMemorySaver())
    answer = await graph.ainvoke(REQUEST, THREAD, context=SOLVER)
    assert answer["outcome"] == "complete"
    return graph


async def history(graph: EpisodeGraph) -> list[StateSnapshot]:
    return [one async for one in graph.aget_state_history(THREAD)]


def before_step(checkpoints: Sequence[StateSnapshot], step: int) -> StateSnapshot:
    """Find the checkpoint at which the agent is about to make a step."""
    return next(one for one in checkpoints if one.next == ("agent",) and one.values["steps"] == step - 1)


async def rows(pool: EnvironmentPool, snapshot: str) -> tuple[int, str]:
    """Count the comments and read the status of the ticket that the task is about."""
    database = await pool.export("e1", snapshot, f"{snapshot}.db")
    with closing(sqlite3.connect(database)) as connection:
        (comments,) = connection.execute("SELECT count(*) FROM comments").fetchone()
        (status,) = connection.execute("SELECT status FROM tickets WHERE id = 12").fetchone()
    return comments, status


async def test_every_checkpoint_names_the_database_of_its_moment(graph: EpisodeGraph, pool: EnvironmentPool) -> None:
    checkpoints = await history(graph)
    told = [await rows(pool, before_step(checkpoints, step).values["snapshot"]) for step in (1, 2, 3, 4)]
    (first, status), *_ = told
    assert status != "pending"
    assert told == [(first, status), (first, status), (first + 1, status), (first + 1, "pending")]


@pytest.mark.parametrize("step", [1, 2, 3, 4])
async def test_going_back_to_any_checkpoint_takes_the_database_back(
    graph: EpisodeGraph, pool: EnvironmentPool, step: int
) -> None:
    end = (await graph.aget_state(THREAD)).values
    back = before_step(await history(graph), step)
    again = await graph.ainvoke(None, back.config, context=SOLVER)
    assert again["outcome"] == "complete"
    # were the database still the last one, the comment would be there twice
    assert await rows(pool, again["snapshot"]) == await rows(pool, end["snapshot"])
    assert [call["name"] for call in again["calls"]] == [call["name"] for call in end["calls"]]
    assert [call["kind"] for call in again["calls"]] == ["ok"] * 3


async def test_another_future_leaves_the_first_one_s_database_as_it_was(
    graph: EpisodeGraph, pool: EnvironmentPool
) -> None:
    end = (await graph.aget_state(THREAD)).values
    before = await rows(pool, end["snapshot"])
    back = before_step(await history(graph), 3)
    other = await graph.ainvoke(None, back.config, context=EpisodeContext(expert_kind="none", seed=1))
    assert other["outcome"] != "complete"
    assert (await rows(pool, other["snapshot"]))[1] != "pending"
    assert await rows(pool, end["snapshot"]) == before


async def test_a_changed_state_is_a_fork_that_goes_on_from_its_own_database(
    graph: EpisodeGraph, pool: EnvironmentPool
) -> None:
    back = before_step(await history(graph), 2)
    fork = await graph.aupdate_state(back.config, {"messages": [{"role": "user", "content": "Mind the time."}]})
    assert (await graph.aget_state(fork)).next == ("agent",)
    end = await graph.ainvoke(None, fork, context=SOLVER)
    assert end["outcome"] == "complete"
    assert [message.content for message in end["messages"] if message.type == "human"][-1] == "Mind the time."
    first = (await rows(pool, back.values["snapshot"]))[0]
    assert await rows(pool, end["snapshot"]) == (first + 1, "pending")


async def test_a_state_can_be_changed_as_any_node_would_have(graph: EpisodeGraph) -> None:
    checkpoints = await history(graph)
    back = before_step(checkpoints, 3)
    for node, following in (("tools", "agent"), ("expert", "agent"), ("reset", "agent")):
        fork = await graph.aupdate_state(back.config, {"final_answer": ""}, as_node=node)
        assert (await graph.aget_state(fork)).next == (following,)


async def test_where_a_changed_state_goes_is_decided_by_the_context_that_its_episode_began_with(
    pool: EnvironmentPool,
) -> None:
    graph = create_awm_graph(checkpointer=InMemorySaver())
    nexts = []
    for kind in ("none", "dynamic"):
        thread: RunnableConfig = {"configurable": {"thread_id": kind}}
        context = EpisodeContext.model_validate({"seed": 1, "expert_kind": kind})
        await graph.ainvoke(REQUEST | {"episode_id": kind}, thread, context=context)
        line = [one async for one in graph.aget_state_history(thread)]
        failed = [one for one in line if one.values.get("calls") and one.values["calls"][-1]["kind"] != "ok"][-1]
        edited = await graph.aupdate_state(failed.config, {"final_answer": ""}, as_node="tools")
        nexts.append((await graph.aget_state(edited)).next)
    assert nexts == [("agent",), ("expert",)]


async def test_two_forks_of_one_checkpoint_at_the_same_time_do_not_see_each_other_s_writes(
    graph: EpisodeGraph, pool: EnvironmentPool
) -> None:
    back = before_step(await history(graph), 2)
    first = (await rows(pool, back.values["snapshot"]))[0]
    forks = [await graph.aupdate_state(back.config, None, as_node="__copy__") for _ in range(2)]
    seen: list[list[dict[str, Any]]] = [[], []]
    streams = [graph.astream(None, fork, context=SOLVER, stream_mode="values") for fork in forks]
    # one step of one, one of the other: each writes between two steps of the other
    for _ in range(20):
        for states, stream in zip(seen, streams, strict=True):
            if (state := await anext(stream, None)) is not None:
                states.append(cast(dict[str, Any], state))
    for states in seen:
        assert states[-1]["outcome"] == "complete"
        assert await rows(pool, states[-1]["snapshot"]) == (first + 1, "pending")


async def test_concurrent_forks_each_make_their_own_writes_once(graph: EpisodeGraph, pool: EnvironmentPool) -> None:
    back = before_step(await history(graph), 2)
    first = (await rows(pool, back.values["snapshot"]))[0]
    forks = [await graph.aupdate_state(back.config, None, as_node="__copy__") for _ in range(3)]
    ends = await asyncio.gather(*(graph.ainvoke(None, fork, context=SOLVER) for fork in forks))
    assert [await rows(pool, end["snapshot"]) for end in ends] == [(first + 1, "pending")] * 3
