"""Where an episode goes next. Pure functions of the state and the context; nothing here acts.

The state keeps records and no counters of its own: what a decision needs is counted from the records.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, Literal

from langchain_core.messages import AIMessage, AnyMessage

from awm_langgraph.agent.context import EpisodeContext
from awm_langgraph.episode import FORMAT_ERRORS, INFRASTRUCTURE_ERRORS, StopReason, Trigger, Value

ASK_EXPERT = "ask_expert"
MAX_INFRASTRUCTURE_ERRORS = 3
"""So many failed calls of our own making end an episode: the agent can do nothing about them."""

State = Mapping[str, Any]


class Escalation(Value):
    """Why the expert is brought in."""

    trigger: Trigger
    reason: str


def after_reset(state: State) -> Literal["agent", "verifier"]:
    """Begin, unless the environment could not be opened."""
    return "verifier" if state.get("stop_reason") else "agent"


def after_agent(state: State, context: EpisodeContext) -> Literal["tools", "expert", "verifier"]:
    """Follow the agent's turn: its calls, its question to the expert, or its final answer."""
    if state.get("stop_reason"):
        return "verifier"
    turn = last_turn(state["messages"])
    if not is_only_asking(turn, context):
        return "tools"
    return "expert"


def after_tools(state: State, context: EpisodeContext, *, now: float) -> Literal["agent", "expert", "verifier"]:
    """Decide after a step's calls were made."""
    if stop_reason(state, context, now=now):
        return "verifier"
    return "expert" if escalation(state, context) else "agent"


def after_expert(state: State, context: EpisodeContext, *, now: float) -> Literal["agent", "verifier"]:
    """Go back to the agent, unless a limit was reached meanwhile."""
    return "verifier" if stop_reason(state, context, now=now) else "agent"


def stop_reason(state: State, context: EpisodeContext, *, now: float) -> StopReason | None:
    """Say which limit ends the agent's part, if any does."""
    named: StopReason | None = state.get("stop_reason")
    if named:
        return named
    failures = sum(call["kind"] in INFRASTRUCTURE_ERRORS for call in state.get("calls", ()))
    if failures >= MAX_INFRASTRUCTURE_ERRORS:
        return "environment_error"
    if state.get("steps", 0) >= context.max_steps:
        return "step_limit"
    if now - state.get("started_at", now) > context.episode_timeout_seconds:
        return "timeout"
    return None


def escalation(state: State, context: EpisodeContext) -> Escalation | None:
    """Say why the expert should be brought in now, or answer None.

    An agent's own question comes first; then an error of the last step; then a stall: ``stall_steps`` steps in a row
    without progress. A step makes progress when one of its calls changed the database or brought an answer that
    the same call had not brought before, so that reading page after page, or polling until a status changes, is none.
    """
    if asks_expert(state["messages"], context):
        return Escalation(trigger="agent", reason="the agent asked")
    if not context.offers_expert or len(state.get("consultations", ())) >= context.max_consultations:
        return None
    failed = _errors_of_last_step(state)
    if failed and context.escalate_on_error:
        return Escalation(trigger="error", reason=f"the last step met an error: {', '.join(failed)}")
    idle = steps_without_progress(state)
    if idle >= context.stall_steps:
        return Escalation(trigger="stall", reason=f"{idle} steps without progress")
    return None


def last_turn(messages: Sequence[AnyMessage]) -> AIMessage:
    """Find the agent's latest turn."""
    return next(message for message in reversed(messages) if isinstance(message, AIMessage))


def is_final_answer(turn: AIMessage) -> bool:
    """Tell whether a turn calls nothing and says something."""
    return not turn.tool_calls and not turn.invalid_tool_calls and bool(turn.text.strip())


def is_only_asking(turn: AIMessage, context: EpisodeContext) -> bool:
    """Tell whether a turn does nothing but put a question to an expert that this episode has."""
    names = [call["name"] for call in turn.tool_calls]
    return context.offers_expert and bool(names) and not turn.invalid_tool_calls and set(names) == {ASK_EXPERT}


def asks_expert(messages: Sequence[AnyMessage], context: EpisodeContext) -> bool:
    """Tell whether the agent's latest turn holds a question to the expert that nobody answered yet."""
    return context.offers_expert and bool(open_questions(messages))


def open_questions(messages: Sequence[AnyMessage]) -> list[dict[str, Any]]:
    """List the latest turn's ``ask_expert`` calls that no tool message answers."""
    answered = {message.tool_call_id for message in messages if message.type == "tool"}
    turn = last_turn(messages)
    return [dict(call) for call in turn.tool_calls if call["name"] == ASK_EXPERT and call["id"] not in answered]


def steps_without_progress(state: State) -> int:
    """Count the steps since the start, the last advice or the last step that made progress."""
    since = max((record["step"] for record in state.get("consultations", ())), default=0)
    seen: set[tuple[str, str, str]] = set()
    progressed = since
    for call in state.get("calls", ()):
        answer = (call["name"], json.dumps(call["arguments"], sort_keys=True), call["text"])
        if call["kind"] == "ok" and (call["changed"] or answer not in seen):
            progressed = max(progressed, call["step"])
        seen.add(answer)
    return int(state.get("steps", 0)) - progressed


def ends_on_format_error(calls: Sequence[Mapping[str, Any]]) -> bool:
    """Tell whether the last thing the agent tried was no valid call."""
    return bool(calls) and calls[-1]["kind"] in FORMAT_ERRORS


def _errors_of_last_step(state: State) -> list[str]:
    """Name the agent's failed calls of the step just made, unless advice was already given for it."""
    step = state.get("steps", 0)
    if any(record["step"] == step for record in state.get("consultations", ())):
        return []
    calls = [call for call in state.get("calls", ()) if call["step"] == step]
    failed = [call for call in calls if call["kind"] != "ok" and call["kind"] not in INFRASTRUCTURE_ERRORS]
    return [f"{call['name'] or 'the turn'}: {call['kind']}" for call in failed]
