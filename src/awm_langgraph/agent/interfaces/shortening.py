"""Shorten tool results for a model; the state and the trajectory keep them whole."""

from __future__ import annotations

from collections.abc import Sequence

from langchain_core.messages import BaseMessage, ToolMessage

from awm_langgraph.agent.interfaces.functions import LIST_TOOLS, SEARCH_TOOLS
from awm_langgraph.experts import ASK_EXPERT
from awm_langgraph.models.writing import shorten

_NEVER_SHORTENED = frozenset({ASK_EXPERT, LIST_TOOLS.name, SEARCH_TOOLS.name})
"""Advice and the catalogue: half of either misleads."""
_BEGINNING_CHARACTERS = 200
"""What is left of an old result, so that the model still knows what it was."""


def shortened(
    messages: Sequence[BaseMessage], *, result_limit_characters: int, total_limit_characters: int
) -> list[BaseMessage]:
    """Shorten results to the limits; every shortened text says by how many characters.

    No result is longer than ``result_limit_characters``. While all together are longer than ``total_limit_characters``,
    the oldest is reduced to its beginning, then the next; if that is not enough, they are left out the same way. The
    notes of what is left out do not count. A result is reduced at one go, so that a conversation which grows keeps most
    of its beginning as it was, and with it what a server has cached of it.
    """
    places = [place for place, message in enumerate(messages) if _is_result(message)]
    kept = {place: min(len(messages[place].text), result_limit_characters) for place in places}
    excess = sum(kept.values()) - total_limit_characters
    for reduced in (_BEGINNING_CHARACTERS, 0):
        for place in places:
            if excess <= 0:
                break
            less = max(0, kept[place] - reduced)
            kept[place] -= less
            excess -= less
    return [_cut(message, kept.get(place)) for place, message in enumerate(messages)]


def _is_result(message: BaseMessage) -> bool:
    return isinstance(message, ToolMessage) and message.name not in _NEVER_SHORTENED


def _cut(message: BaseMessage, length: int | None) -> BaseMessage:
    text = message.text
    if length is None or len(text) <= length:
        return message
    return message.model_copy(update={"content": shorten(text, length)})
