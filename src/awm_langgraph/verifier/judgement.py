"""Read a judge's answer."""

from __future__ import annotations

from typing import Any, NamedTuple, get_args

from awm_langgraph.episode import Classification
from awm_langgraph.models.reading import UnreadableAnswerError, find_object, text_of

_KEYS = ("reasoning", "classification", "confidence_score")
_CLASSIFICATIONS: tuple[Classification, ...] = get_args(Classification)
_PREVIEW_CHARACTERS = 80


class Ruling(NamedTuple):
    """What a judge says of an episode; ``confidence`` is from 0 to 1."""

    classification: Classification
    confidence: float
    reasoning: str


def read_ruling(text: str) -> Ruling:
    """Read the object that the judge's prompt asks for; unknown keys are ignored.

    Raises:
        UnreadableAnswerError: no such object is there, or one of its three values is none that was asked for.
    """
    found = find_object(text, _KEYS)
    classification = _classification(found.get("classification"))
    confidence = _confidence(found.get("confidence_score"))
    reasoning = text_of(found.get("reasoning"))
    if not reasoning:
        raise UnreadableAnswerError('"reasoning" must say what the classification rests on, found nothing')
    return Ruling(classification, confidence, reasoning)


def _classification(value: Any) -> Classification:
    word = value.strip().lower() if isinstance(value, str) else value
    for known in _CLASSIFICATIONS:
        if word == known:
            return known
    raise UnreadableAnswerError(
        f'"classification" must be one of {", ".join(_CLASSIFICATIONS)}, found {_preview(value)}'
    )


def _confidence(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1:
        raise UnreadableAnswerError(f'"confidence_score" must be a number from 0 to 1, found {_preview(value)}')
    return float(value)


def _preview(value: Any) -> str:
    return text_of(value)[:_PREVIEW_CHARACTERS] or "nothing"
