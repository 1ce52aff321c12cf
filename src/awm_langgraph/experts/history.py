"""What an agent did, read from its conversation, for agents that keep no other record."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import takewhile
from typing import cast

from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, ToolMessage

from awm_langgraph.episode import CallKind, ToolOutcome
from awm_langgraph.experts.ask_expert import ASK_EXPERT
from awm_langgraph.experts.triggers import History

_KIND = "call_kind"
"""Key in a tool message's ``additional_kwargs`` that tells how the call failed; no provider is sent it."""


def with_kind(answer: ToolMessage, kind: CallKind) -> ToolMessage:
    """Note on a tool's error how the call failed, where that is known best: where it was made."""
    return answer.model_copy(update={"additional_kwargs": {**answer.additional_kwargs, _KIND: kind}})


def history_of(messages: Sequence[BaseMessage]) -> History:
    """Number the turns with calls from 1 and tell how every call ended; calls still open are left out.

    Whatever a person or an expert said to the agent counts as advice. An error that nobody put a kind to is
    ``rejected``: something between the agent and the tool refused the call.
    """
    steps = 0
    calls: list[ToolOutcome] = []
    advised_at: list[int] = []
    for place, message in enumerate(messages, start=1):
        if isinstance(message, AIMessage) and (message.tool_calls or message.invalid_tool_calls):
            steps += 1
            calls += _calls_of(message, _answers_to_turn(messages[place:]), steps)
        elif isinstance(message, HumanMessage) or (isinstance(message, ToolMessage) and message.name == ASK_EXPERT):
            advised_at.append(steps)
    return History(steps=steps, calls=tuple(calls), advised_at=tuple(advised_at))


def _answers_to_turn(later: Sequence[BaseMessage]) -> dict[str, ToolMessage]:
    """Find a turn's answers before the next turn: some servers give the calls of every turn the same ids."""
    since = takewhile(lambda message: not isinstance(message, AIMessage), later)
    return {message.tool_call_id: message for message in since if isinstance(message, ToolMessage)}


def _calls_of(turn: AIMessage, answers: Mapping[str, ToolMessage], step: int) -> Iterator[ToolOutcome]:
    for call in turn.tool_calls:
        answer = answers.get(call["id"] or "")
        if answer is not None and call["name"] != ASK_EXPERT:
            yield ToolOutcome(
                name=call["name"],
                arguments=call["args"],
                kind=_kind_of(answer),
                text=answer.text,
                step=step,
                call_id=answer.tool_call_id,
            )
    for broken in turn.invalid_tool_calls:
        yield ToolOutcome(
            name=broken["name"] or "",
            arguments={},
            kind="invalid_action",
            text=f"unreadable arguments: {broken['args']}",
            step=step,
            call_id=broken["id"] or "",
        )


def _kind_of(answer: ToolMessage) -> CallKind:
    if answer.status != "error":
        return "ok"
    return cast(CallKind, answer.additional_kwargs.get(_KIND, "rejected"))
