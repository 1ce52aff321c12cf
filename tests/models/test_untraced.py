"""What must not leave is seen by no callback, and by those around it again afterwards."""

from typing import Any
from uuid import UUID

import pytest
from langchain_core.callbacks import AsyncCallbackHandler
from langchain_core.runnables import RunnableConfig, RunnableLambda
from langchain_core.runnables.config import ensure_config
from langsmith import get_tracing_context, tracing_context

from awm_langgraph.models.untraced import untraced


class Watcher(AsyncCallbackHandler):
    def __init__(self) -> None:
        self.seen: list[Any] = []

    async def on_chain_start(
        self, serialized: dict[str, Any], inputs: dict[str, Any], *, run_id: UUID, **kwargs: Any
    ) -> None:
        self.seen.append(inputs)


async def _echo(text: str) -> str:
    return text


async def test_what_runs_inside_is_seen_by_nobody_and_keeps_the_rest_of_its_config() -> None:
    watcher = Watcher()

    async def work(_: object) -> Any:
        with untraced():
            await RunnableLambda(_echo).ainvoke("secret")
            kept = ensure_config()["configurable"]["thread_id"]
        await RunnableLambda(_echo).ainvoke("known")
        return kept

    config: RunnableConfig = {"callbacks": [watcher], "configurable": {"thread_id": "t"}}
    assert await RunnableLambda(work).ainvoke("outer", config) == "t"
    assert watcher.seen == ["outer", "known"]


def test_tracing_is_off_inside_and_as_before_afterwards_also_after_an_error() -> None:
    seen: list[object] = []

    def fail() -> None:
        with untraced():
            seen.append(get_tracing_context()["enabled"])
            raise ValueError("inside")

    with tracing_context(enabled=True):
        with pytest.raises(ValueError, match="inside"):
            fail()
        seen.append(get_tracing_context()["enabled"])
    assert seen == [False, True]
