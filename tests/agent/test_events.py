"""The story of an episode on the ``custom`` stream: what changed, and how close it is to a limit."""

import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import closing
from pathlib import Path
from typing import Any, get_args

import pytest

from awm_langgraph.agent import create_awm_graph, create_expert_graph
from awm_langgraph.agent.events import EventType
from awm_langgraph.environment import EnvironmentPool, use_pool
from awm_langgraph.environment.runtime import Runtime
from awm_langgraph.testing import OpenAIServer, text, tool_call

Told = list[dict[str, Any]]
Tell = Callable[..., Awaitable[Told]]
LOOK = tool_call("get_ticket", {"ticket_id": 12})


@pytest.fixture
async def tell(tmp_path: Path, runtime: Runtime) -> AsyncIterator[Tell]:
    """Play a task of the help desk; keyword arguments are the context's."""
    pool = EnvironmentPool(tmp_path, runtime=runtime)

    async def tell(task_idx: int = 3, **context: Any) -> Told:
        request: Any = {"scenario": "support_desk", "task_idx": task_idx, "episode_id": "e1"}
        with use_pool(pool):
            stream = create_awm_graph().astream(request, context=context, stream_mode="custom")  # type: ignore[call-overload]  # LangGraph types a context as the model alone
            return [event async for event in stream]

    yield tell
    await pool.close()


def of(told: Told, kind: str) -> Told:
    return [event for event in told if event["type"] == kind]


async def test_after_each_call_that_changed_the_database_the_changed_rows_are_told(tell: Tell) -> None:
    told = await tell(seed=1)
    kinds = [event["type"] for event in told]
    assert set(kinds) <= set(get_args(EventType))
    calls = of(told, "call")
    assert [call["name"] for call in calls if call["changed"]] == ["add_comment", "update_ticket"]
    for call in calls:
        following = told[told.index(call) + 1]
        assert (following["type"] == "change") == call["changed"]
        if call["changed"]:
            assert [following[name] for name in ("step", "call_id", "name")] == [
                call[name] for name in ("step", "call_id", "name")
            ]
    assert [event["tables"] for event in of(told, "change")] == [
        {"comments": {"inserted": 1, "updated": 0, "deleted": 0}},
        {"tickets": {"inserted": 0, "updated": 1, "deleted": 0}},
    ]
    assert [event["note"] for event in of(told, "change")] == ["", ""]


async def test_the_verdict_tells_what_the_whole_episode_changed(tell: Tell, tmp_path: Path) -> None:
    (verdict,) = of(await tell(seed=1), "verdict")
    counts = {}
    for name in ("initial", "final"):
        with closing(sqlite3.connect(tmp_path / "e1" / f"{name}.db")) as database:
            ((counts[name],),) = database.execute("SELECT count(*) FROM comments").fetchall()
    inserted = counts["final"] - counts["initial"]
    assert verdict["change"]["tables"] == {
        "comments": {"inserted": inserted, "updated": 0, "deleted": 0},
        "tickets": {"inserted": 0, "updated": 1, "deleted": 0},
    }


async def test_the_beginning_names_the_condition_and_who_plays(tell: Tell) -> None:
    (reset,) = of(await tell(seed=1), "reset")
    assert reset["condition"] == "dynamic/criteria"
    assert reset["models"] == {"agent": "scripted:novice", "expert": "scripted:expert"}


async def test_an_episode_that_changes_nothing_tells_of_no_change(tell: Tell) -> None:
    with OpenAIServer([LOOK, text("Done.")]) as server:
        told = await tell(agent={"model": "openai:m", "base_url": server.base_url}, expert_kind="none")
    assert of(told, "change") == []
    assert of(told, "verdict")[0]["change"] is None


async def test_after_each_step_the_counters_stand_beside_the_limits_at_which_help_comes(tell: Tell) -> None:
    with OpenAIServer([LOOK] * 3 + [text("Done.")]) as server:
        agent = {"model": "openai:m", "base_url": server.base_url}
        told = await tell(agent=agent, repeated_calls=3, stall_steps=4, max_consultations=2, max_steps=9)
    steps = of(told, "progress")
    assert [event["step"] for event in steps] == [1, 2, 3]
    assert [event["counters"]["repeated_calls"] for event in steps] == [
        {"count": count, "limit": 3} for count in (1, 2, 3)
    ]
    assert [event["counters"]["stall_steps"] for event in steps] == [{"count": n, "limit": 4} for n in (0, 1, 2)]
    assert [event["counters"]["unchanged_steps"]["count"] for event in steps] == [1, 2, 3]
    last = steps[-1]["counters"]
    assert (last["unchanged_steps"]["limit"], last["errors_in_a_row"]) == (None, {"count": 0, "limit": 1})
    assert (last["max_consultations"], last["max_steps"]) == ({"count": 0, "limit": 2}, {"count": 3, "limit": 9})
    # the counter that reached its limit is the reason of the decision that follows
    following = told[told.index(steps[-1]) + 1]
    assert (following["type"], following["reason"]) == (
        "decision",
        "3 times in a row the same call brought the same answer",
    )


async def test_where_nobody_helps_the_counters_have_no_limit(tell: Tell) -> None:
    for event in of(await tell(seed=1, expert_kind="none"), "progress"):
        limits = {name: counter["limit"] for name, counter in event["counters"].items()}
        assert limits.pop("max_steps") == 15
        assert limits.pop("max_consultations") == 0
        assert set(limits.values()) == {None}


async def test_a_turn_that_is_no_call_is_a_step_with_counters_too(tell: Tell) -> None:
    with OpenAIServer([text(""), text("Done.")]) as server:
        told = await tell(agent={"model": "openai:m", "base_url": server.base_url}, on_error="off")
    (step,) = of(told, "progress")
    assert step["counters"]["malformed_turns"] == {"count": 1, "limit": 2}
    assert step["counters"]["errors_in_a_row"] == {"count": 1, "limit": None}


async def test_tools_of_a_user_s_own_have_counters_and_no_rows() -> None:
    def refund(order_id: int) -> str:
        """Refund an order."""
        return {7: "refunded"}[order_id]

    with OpenAIServer(
        [tool_call("refund", {"order_id": 8}), tool_call("refund", {"order_id": 7}), text("Done.")]
    ) as it:
        graph = create_expert_graph(None, [refund], lambda consultation: "It is order 7.")
        context: Any = {"agent": {"model": "openai:m", "base_url": it.base_url}}
        request: Any = {"instruction": "Refund order 7."}
        told: Told = [event async for event in graph.astream(request, context=context, stream_mode="custom")]
    assert [event["type"] for event in told if event["type"] != "turn"] == [
        *("start", "reset", "call", "progress", "decision", "consultation", "call", "progress", "verdict")
    ]
    assert [event["counters"]["max_consultations"]["count"] for event in of(told, "progress")] == [0, 1]
