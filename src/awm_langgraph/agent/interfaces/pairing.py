"""Calls and their answers, as services insist on them: each call has one, directly behind its turn."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import takewhile

from langchain_core.messages import AIMessage, BaseMessage, ToolMessage
from langchain_core.messages.tool import tool_call

from awm_langgraph.prompts import load

_NO_NAME = "unnamed"
_EMPTY = "(empty)"


def answered(messages: Sequence[BaseMessage]) -> list[BaseMessage]:
    """Put every call's answer behind its turn; a call without one is told so, an answer without a call is left out.

    An unreadable call is sent without its arguments, which its answer quotes: servers such as vLLM decode the arguments
    of past calls too, and refuse the whole conversation for one that is no JSON.
    """
    sent: list[BaseMessage] = []
    for position, message in enumerate(messages):
        if isinstance(message, AIMessage):
            turn = _with_words(_with_readable_calls(message))
            sent += [turn, *_answers(turn, messages[position + 1 :])]
        elif not isinstance(message, ToolMessage):
            sent.append(message)
    return sent


def _with_words(turn: AIMessage) -> AIMessage:
    """Say of a turn that it was empty: some servers refuse one that is."""
    is_empty = not turn.tool_calls and not turn.text.strip()
    return turn.model_copy(update={"content": _EMPTY}) if is_empty else turn


def _with_readable_calls(turn: AIMessage) -> AIMessage:
    if not turn.invalid_tool_calls:
        return turn
    unreadable = [tool_call(name=call["name"] or _NO_NAME, args={}, id=call["id"]) for call in turn.invalid_tool_calls]
    return turn.model_copy(update={"tool_calls": [*turn.tool_calls, *unreadable], "invalid_tool_calls": []})


def _answers(turn: AIMessage, following: Sequence[BaseMessage]) -> Iterator[ToolMessage]:
    # Only up to the next turn: a call of that one may have the same id.
    given: dict[str, ToolMessage] = {}
    for message in takewhile(lambda one: not isinstance(one, AIMessage), following):
        if isinstance(message, ToolMessage):
            given.setdefault(message.tool_call_id, message)
    for call in turn.tool_calls:
        call_id, name = call["id"] or "", call["name"]
        answer = given.get(call_id)
        if answer is None:
            text = load("interface_unanswered").render()
            yield ToolMessage(text, name=name, tool_call_id=call_id, status="error")
        else:
            # Some services match an answer with its call by the name of what was called.
            yield answer if answer.name == name else answer.model_copy(update={"name": name})
