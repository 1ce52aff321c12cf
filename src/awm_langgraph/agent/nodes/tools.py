"""A step's calls: each one sent to the environment, answered and recorded, whatever came of it."""

from __future__ import annotations

import time
from typing import Any

from langchain_core.messages import AnyMessage, HumanMessage, ToolMessage
from langgraph.runtime import Runtime

from awm_langgraph.agent.context import EpisodeContext, context_of
from awm_langgraph.agent.events import announce
from awm_langgraph.agent.routing import last_turn
from awm_langgraph.agent.state import EpisodeState
from awm_langgraph.agent.surroundings import lend_environment
from awm_langgraph.episode import ToolOutcome
from awm_langgraph.errors import EpisodeError
from awm_langgraph.experts import ASK_EXPERT
from awm_langgraph.prompts import load


async def tools(state: EpisodeState, runtime: Runtime[EpisodeContext]) -> dict[str, Any]:
    """Make the calls of the agent's latest turn, in order; a question to the expert is left for the expert."""
    began = time.monotonic()
    turn = last_turn(state["messages"])
    step = state["steps"]
    snapshot = state["snapshot"]
    outcomes: list[ToolOutcome] = []
    answers: list[AnyMessage] = []

    def record(outcome: ToolOutcome, answer: AnyMessage) -> None:
        announce(runtime, "call", **outcome.model_dump(mode="json"))
        outcomes.append(outcome)
        answers.append(answer)

    for call in turn.tool_calls:
        if call["name"] == ASK_EXPERT and context_of(runtime).offers_expert:
            continue
        outcome = await _call(state, snapshot, call["name"], call["args"])
        snapshot = outcome.snapshot or snapshot
        outcome = outcome.model_copy(update={"step": step, "call_id": call["id"] or ""})
        record(outcome, _answer(outcome))
    for broken in turn.invalid_tool_calls:
        outcome = _unreadable(broken.get("name"), broken.get("args"), broken.get("id"), step, snapshot)
        record(outcome, _answer(outcome))
    if not turn.tool_calls and not turn.invalid_tool_calls:
        outcome = _empty_turn(step, snapshot)
        record(outcome, HumanMessage(outcome.text))
    return {
        "messages": answers,
        "calls": [one.model_dump(mode="json") for one in outcomes],
        "snapshot": snapshot,
        "active_seconds": time.monotonic() - began,
    }


async def _call(state: EpisodeState, snapshot: str, name: str, arguments: dict[str, Any]) -> ToolOutcome:
    try:
        async with await lend_environment(state, snapshot) as environment:
            return await environment.call(name, arguments)
    except EpisodeError as error:
        text = f"Error: the environment is unavailable: {error}"
        return ToolOutcome(name=name, arguments=arguments, kind="environment_error", text=text, snapshot=snapshot)


def _answer(outcome: ToolOutcome) -> ToolMessage:
    return ToolMessage(
        outcome.text,
        name=outcome.name,
        tool_call_id=outcome.call_id,
        status="error" if outcome.is_error else "success",
    )


def _unreadable(name: str | None, raw: str | None, call_id: str | None, step: int, snapshot: str) -> ToolOutcome:
    text = load("unreadable_call").render(tool=name or "(none)", arguments=raw or "")
    return ToolOutcome(
        name=name or "",
        arguments={},
        kind="invalid_action",
        text=text,
        step=step,
        snapshot=snapshot,
        call_id=call_id or "",
    )


def _empty_turn(step: int, snapshot: str) -> ToolOutcome:
    text = load("empty_turn").render()
    return ToolOutcome(name="", arguments={}, kind="invalid_action", text=text, step=step, snapshot=snapshot)
