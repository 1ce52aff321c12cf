"""A call as whoever watches sees it."""

from typing import Any
from uuid import UUID

import pytest
from langchain_core.callbacks import AsyncCallbackHandler
from langchain_core.runnables import RunnableLambda

from awm_langgraph.agent.watching import as_tool_run
from awm_langgraph.episode import ToolOutcome

OUTCOME = ToolOutcome(name="close", arguments={"id": 1}, kind="rejected", text="no", status=409, snapshot="s1")


class Watcher(AsyncCallbackHandler):
    def __init__(self) -> None:
        self.seen: list[Any] = []
        self.tool = UUID(int=0)
        self.inside: list[UUID | None] = []

    async def on_tool_start(
        self, serialized: dict[str, Any], input_str: str, *, run_id: UUID, inputs: Any = None, **kwargs: Any
    ) -> None:
        self.seen.append((serialized["name"], inputs))
        self.tool = run_id

    async def on_tool_end(self, output: Any, *, run_id: UUID, **kwargs: Any) -> None:
        self.seen.append(output)

    async def on_tool_error(self, error: BaseException, *, run_id: UUID, **kwargs: Any) -> None:
        self.seen.append(error)

    async def on_chain_start(
        self, serialized: Any, inputs: Any, *, run_id: UUID, parent_run_id: UUID | None = None, **kwargs: Any
    ) -> None:
        self.inside.append(parent_run_id)


async def _make() -> ToolOutcome:
    await RunnableLambda(lambda text: text).ainvoke("inside")
    return OUTCOME


async def test_whoever_watches_sees_arguments_outcome_and_what_runs_inside() -> None:
    watcher = Watcher()

    async def step(_: object) -> ToolOutcome:
        return await as_tool_run("close", {"id": 1}, _make)

    assert await RunnableLambda(step).ainvoke(None, {"callbacks": [watcher]}) == OUTCOME
    started, outcome = watcher.seen
    assert started == ("close", {"id": 1})
    assert (outcome["kind"], outcome["text"], outcome["status"], outcome["snapshot"]) == ("rejected", "no", 409, "s1")
    assert watcher.inside == [None, watcher.tool]


async def test_a_call_that_raises_is_seen_to_fail() -> None:
    watcher = Watcher()

    async def fail() -> ToolOutcome:
        raise ValueError("lost")

    async def step(_: object) -> ToolOutcome:
        return await as_tool_run("", {}, fail)

    with pytest.raises(ValueError, match="lost"):
        await RunnableLambda(step).ainvoke(None, {"callbacks": [watcher]})
    assert watcher.seen[0] == ("(no call)", {})
    assert isinstance(watcher.seen[1], ValueError)


async def test_where_nobody_watches_the_call_is_just_made() -> None:
    assert await as_tool_run("close", {"id": 1}, _make) == OUTCOME
