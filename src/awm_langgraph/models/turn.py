"""Make a model's turn fit to be recorded and sent back, and read what it says."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import count
from typing import Any

from langchain_core.messages import AIMessage, BaseMessage
from langchain_core.messages.tool import invalid_tool_call

from awm_langgraph.models.reading import flaw_in
from awm_langgraph.models.writing import one_line_json

_CUT_REASONS = frozenset({"length", "max_tokens", "MAX_TOKENS"})
"""Reasons with which OpenAI, Anthropic and Google end a turn that ran out of tokens."""


def recordable(turn: AIMessage, earlier: Sequence[BaseMessage]) -> AIMessage:
    """Return a turn with whole characters, readable arguments and calls whose ids no ``earlier`` turn has.

    A call whose arguments cannot be recorded becomes an invalid one: it is the model's mistake, and the model is told.
    """
    readable, unreadable = [], list(turn.invalid_tool_calls)
    for call in turn.tool_calls:
        if flaw := flaw_in(dict(call)):
            arguments = one_line_json(call["args"])
            unreadable.append(invalid_tool_call(name=call["name"], args=arguments, id=call["id"], error=flaw))
        else:
            readable.append(call)
    used = {call["id"] for message in earlier if isinstance(message, AIMessage) for call in _calls(message)}
    return turn.model_copy(
        update={
            "content": _whole(turn.content),
            "additional_kwargs": _whole(turn.additional_kwargs),
            "response_metadata": _whole(turn.response_metadata),
            "tool_calls": list(_with_own_ids(readable, used)),
            "invalid_tool_calls": list(_with_own_ids(_whole(unreadable), used)),
        }
    )


def is_cut_off(turn: AIMessage) -> bool:
    """Tell whether a turn ended because its tokens did, before the model was done."""
    return any(turn.response_metadata.get(name) in _CUT_REASONS for name in ("finish_reason", "stop_reason"))


def spoken(text: str) -> str:
    """Leave out what a reasoning model thought aloud."""
    return text.rpartition("</think>")[2].strip()


def _calls(turn: AIMessage) -> Iterator[Mapping[str, Any]]:
    yield from turn.tool_calls
    yield from turn.invalid_tool_calls


def _with_own_ids(calls: Sequence[Mapping[str, Any]], used: set[str | None]) -> Iterator[dict[str, Any]]:
    """Keep the ids that tell calls apart; some servers send none, or the same in every turn."""
    for call in calls:
        own = call["id"]
        if not own or own in used:
            own = next(free for number in count(1) if (free := f"call_{number}") not in used)
        used.add(own)
        yield {**call, "id": own}


def _whole(value: Any) -> Any:
    """Replace halves of characters, which no server, database or file takes."""
    match value:
        case str():
            return value.encode(errors="replace").decode()
        case list():
            return [_whole(item) for item in value]
        case dict():
            return {_whole(key): _whole(item) for key, item in value.items()}
        case _:
            return value
