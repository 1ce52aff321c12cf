"""Where an episode goes next. Pure functions of the state and the context; nothing here acts.

The state keeps records and no counters of its own: what a decision needs is counted from the records.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import takewhile
from typing import Any, Literal

from langchain_core.messages import AIMessage, AnyMessage

from awm_langgraph.agent.context import EpisodeContext
from awm_langgraph.agent.history import history_of_state
from awm_langgraph.episode import INFRASTRUCTURE_ERRORS, Decision, StopReason
from awm_langgraph.experts import (
    ASK_EXPERT,
    EXPERT_NAME,
    Situation,
    Spent,
    decide,
    situation_of,
    spent_budget,
    without_confidence,
)
from awm_langgraph.models.turn import is_cut_off, spoken

MAX_INFRASTRUCTURE_ERRORS = 3
"""So many failed calls of our own making end an episode: the agent can do nothing about them."""

State = Mapping[str, Any]


def after_reset(state: State, context: EpisodeContext) -> Literal["agent", "expert", "verifier"]:
    """Begin, unless the environment could not be opened."""
    if state.get("stop_reason"):
        return "verifier"
    made = decision(state, context)
    return "expert" if made and made.reaction == "route" else "agent"


def after_agent(state: State, context: EpisodeContext) -> Literal["tools", "expert", "agent", "verifier"]:
    """Follow the agent's turn: its calls, its question to the expert, or its final answer."""
    if state.get("stop_reason"):
        return "verifier"
    turn = last_turn(state["messages"])
    made = decision(state, context)
    if is_only_asking(turn, context) and stop_reason(state, context):
        return "verifier"  # nobody would read the answer
    if is_only_asking(turn, context) or (made and made.reaction == "route"):
        return "expert"
    if not is_final_answer(turn):
        return "tools"
    return "agent" if made and made.reaction == "nudge" else "verifier"


def after_tools(state: State, context: EpisodeContext) -> Literal["agent", "expert", "verifier"]:
    """Decide after a step's calls were made."""
    if stop_reason(state, context):
        return "verifier"
    made = decision(state, context)
    is_due = made is not None and (made.reaction == "route" or made.trigger == "agent")
    return "expert" if is_due else "agent"


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
    if state.get("active_seconds", 0.0) > context.episode_timeout_seconds:
        return "timeout"
    if state.get("steps", 0) >= context.max_steps and not is_done(state):
        return "step_limit"
    return None


def decision(state: State, context: EpisodeContext) -> Decision | None:
    """Say whether help is brought up now and why; the rules are those of ``experts.deciding``.

    Both the edge that asks and the node that it leads to come to the same answer, as nothing happens between them.
    """
    messages = state["messages"]
    if not context.offers_expert:
        return None
    if not any(isinstance(message, AIMessage) for message in messages):
        return None if _has_expert_spoken(messages, context) else _advice_before_the_task(context)
    if _has_expert_spoken(messages, context):
        return None
    if context.expert_kind == "static":
        return None
    return decide(situation(state, context), context.policy)


def situation(state: State, context: EpisodeContext) -> Situation:
    """Count what a decision rests on, once the agent has spoken."""
    messages = state["messages"]
    is_turn_last = isinstance(messages[-1], AIMessage)
    is_asking = context.may_ask and bool(open_questions(messages))
    place: Literal["after_agent", "after_tools"] = "after_agent" if is_turn_last else "after_tools"
    history = history_of_state(state, context.tool_interface, is_final=is_turn_last and is_done(state))
    return situation_of(history, context.policy, place=place, is_asking=is_asking)


def last_turn(messages: Sequence[AnyMessage]) -> AIMessage:
    """Find the agent's latest turn."""
    return next(message for message in reversed(messages) if isinstance(message, AIMessage))


def is_done(state: State) -> bool:
    """Tell whether the agent's latest turn is a final answer, and nobody has said anything to it since."""
    messages = state["messages"]
    return isinstance(messages[-1], AIMessage) and is_final_answer(messages[-1])


def is_final_answer(turn: AIMessage) -> bool:
    """Tell whether a turn calls nothing and says something to its end; thoughts alone say nothing."""
    calls = [*turn.tool_calls, *turn.invalid_tool_calls]
    return not calls and not is_cut_off(turn) and bool(answer_in(turn))


def answer_in(turn: AIMessage) -> str:
    """Take the answer out of a turn: without thoughts, and without what it says of its own confidence."""
    return without_confidence(spoken(turn.text))


def is_only_asking(turn: AIMessage, context: EpisodeContext) -> bool:
    """Tell whether a turn does nothing but put a question to an expert that this episode has."""
    names = [call["name"] for call in turn.tool_calls]
    return context.may_ask and bool(names) and not turn.invalid_tool_calls and set(names) == {ASK_EXPERT}


def open_questions(messages: Sequence[AnyMessage]) -> list[dict[str, Any]]:
    """List the latest turn's ``ask_expert`` calls that no tool message answers."""
    turn = last_turn(messages)
    answered = {message.tool_call_id for message in _since_turn(messages) if message.type == "tool"}
    return [dict(call) for call in turn.tool_calls if call["name"] == ASK_EXPERT and call["id"] not in answered]


def _advice_before_the_task(context: EpisodeContext) -> Decision | None:
    if context.expert_kind != "static":
        return None
    reason = "advice is given before the task"
    if objection := spent_budget(Spent(), context.policy):
        return Decision(step=0, trigger="start", reaction="refuse", reason=f"{reason}; no help: {objection}")
    return Decision(step=0, trigger="start", reaction="route", reason=reason)


def _has_expert_spoken(messages: Sequence[AnyMessage], context: EpisodeContext) -> bool:
    """Tell whether the expert answered the latest turn; a tool of the same name is not taken for the expert."""
    since = _since_turn(messages)
    turns = [message for message in messages if isinstance(message, AIMessage)][-1:]
    asked = {call["id"] for turn in turns if context.may_ask for call in turn.tool_calls if call["name"] == ASK_EXPERT}
    return any(
        message.tool_call_id in asked if message.type == "tool" else message.name == EXPERT_NAME for message in since
    )


def _since_turn(messages: Sequence[AnyMessage]) -> list[AnyMessage]:
    """List what came after the agent's latest turn: another turn's call may have had the same id."""
    return list(takewhile(lambda message: not isinstance(message, AIMessage), reversed(messages)))
