"""Where an episode goes next. Pure functions of the state and the context; nothing here acts.

The state keeps records and no counters of its own: what a decision needs is counted from the records.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import takewhile
from typing import Any, Literal

from langchain_core.messages import AIMessage, AnyMessage

from awm_langgraph.agent.context import EpisodeContext
from awm_langgraph.episode import INFRASTRUCTURE_ERRORS, StopReason, ToolOutcome
from awm_langgraph.experts import ASK_EXPERT, triggers
from awm_langgraph.experts.triggers import Counters, Escalation, History
from awm_langgraph.models.turn import is_cut_off, spoken

MAX_INFRASTRUCTURE_ERRORS = 3
"""So many failed calls of our own making end an episode: the agent can do nothing about them."""

State = Mapping[str, Any]


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


def after_tools(state: State, context: EpisodeContext) -> Literal["agent", "expert", "verifier"]:
    """Decide after a step's calls were made."""
    if stop_reason(state, context):
        return "verifier"
    return "expert" if escalation(state, context) else "agent"


def after_expert(state: State, context: EpisodeContext) -> Literal["agent", "verifier"]:
    """Go back to the agent, unless a limit was reached meanwhile."""
    return "verifier" if stop_reason(state, context) else "agent"


def stop_reason(state: State, context: EpisodeContext) -> StopReason | None:
    """Say which limit ends the agent's part, if any does."""
    named: StopReason | None = state.get("stop_reason")
    if named:
        return named
    failures = sum(call["kind"] in INFRASTRUCTURE_ERRORS for call in state.get("calls", ()))
    if failures >= MAX_INFRASTRUCTURE_ERRORS:
        return "environment_error"
    if state.get("steps", 0) >= context.max_steps:
        return "step_limit"
    if state.get("active_seconds", 0.0) > context.episode_timeout_seconds:
        return "timeout"
    return None


def escalation(state: State, context: EpisodeContext) -> Escalation | None:
    """Say why the expert should be brought in now, or answer None; the rules are those of ``experts.triggers``."""
    if not context.offers_expert:
        return None
    counters = Counters(
        is_asked=asks_expert(state["messages"], context),
        consultations=len(state.get("consultations", ())),
        errors=triggers.errors_of_last_step(_history(state)),
        idle_steps=steps_without_progress(state),
    )
    return triggers.escalation(counters, context.triggers)


def last_turn(messages: Sequence[AnyMessage]) -> AIMessage:
    """Find the agent's latest turn."""
    return next(message for message in reversed(messages) if isinstance(message, AIMessage))


def is_final_answer(turn: AIMessage) -> bool:
    """Tell whether a turn calls nothing and says something to its end; thoughts alone say nothing."""
    calls = [*turn.tool_calls, *turn.invalid_tool_calls]
    return not calls and not is_cut_off(turn) and bool(spoken(turn.text))


def is_only_asking(turn: AIMessage, context: EpisodeContext) -> bool:
    """Tell whether a turn does nothing but put a question to an expert that this episode has."""
    names = [call["name"] for call in turn.tool_calls]
    return context.offers_expert and bool(names) and not turn.invalid_tool_calls and set(names) == {ASK_EXPERT}


def asks_expert(messages: Sequence[AnyMessage], context: EpisodeContext) -> bool:
    """Tell whether the agent's latest turn holds a question to the expert that nobody answered yet."""
    return context.offers_expert and bool(open_questions(messages))


def open_questions(messages: Sequence[AnyMessage]) -> list[dict[str, Any]]:
    """List the latest turn's ``ask_expert`` calls that no tool message answers."""
    turn = last_turn(messages)
    # Only what came after it: another turn's call may have had the same id.
    since = takewhile(lambda message: message is not turn, reversed(messages))
    answered = {message.tool_call_id for message in since if message.type == "tool"}
    return [dict(call) for call in turn.tool_calls if call["name"] == ASK_EXPERT and call["id"] not in answered]


def steps_without_progress(state: State) -> int:
    """Count the steps since the start, the last advice or the last step that made progress."""
    return triggers.idle_steps(_history(state))


def _history(state: State) -> History:
    return History(
        steps=state.get("steps", 0),
        calls=tuple(ToolOutcome.model_validate(call) for call in state.get("calls", ())),
        advised_at=tuple(record["step"] for record in state.get("consultations", ())),
    )
