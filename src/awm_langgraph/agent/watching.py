"""Let whoever watches an episode, a trace above all, see each call and what came of it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from langchain_core.runnables.config import (
    ensure_config,
    get_async_callback_manager_for_config,
    patch_config,
    var_child_runnable_config,
)

from awm_langgraph.episode import ToolOutcome
from awm_langgraph.models.writing import one_line_json

_SHOWN_ELSEWHERE = {"name", "arguments", "call_id"}
_NO_NAME = "(no call)"
"""Stands for a turn that neither calls nor answers."""


async def as_tool_run(
    name: str, arguments: Mapping[str, Any], make: Callable[[], Awaitable[ToolOutcome]]
) -> ToolOutcome:
    """Make a call as LangChain's ``tool`` run; its output is the outcome: kind, text, changed, snapshot and the rest.

    What runs inside it, such as a tool of the user's that asks a model, becomes its child. Nothing is done where nobody
    watches.
    """
    config = ensure_config()
    manager = get_async_callback_manager_for_config(config)
    if not manager.handlers:
        return await make()
    shown = dict(arguments)
    run = await manager.on_tool_start(
        {"name": name or _NO_NAME}, one_line_json(shown), inputs=shown, name=name or _NO_NAME
    )
    token = var_child_runnable_config.set(patch_config(config, callbacks=run.get_child()))
    try:
        outcome = await make()
    except BaseException as error:
        await run.on_tool_error(error)
        raise
    finally:
        var_child_runnable_config.reset(token)
    await run.on_tool_end(outcome.model_dump(mode="json", exclude=_SHOWN_ELSEWHERE))
    return outcome
