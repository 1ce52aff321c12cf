"""Read what a model wrote: one JSON object, wherever it stands in the text."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Collection
from typing import Any, NoReturn


class UnreadableAnswerError(ValueError):
    """A model's text cannot be read; the message is a complaint that the model can act on."""


def find_object(text: str, expected: Collection[str]) -> dict[str, Any]:
    """Find the last JSON object with an expected key.

    After an object that is broken only one with two of the keys counts: it could be a part of what is broken.

    Raises:
        UnreadableAnswerError: no such object is there.
    """
    found: dict[str, Any] | None = None
    complaint = ""
    needed = 1
    start = text.find("{")
    while start >= 0:
        try:
            value, end = DECODER.raw_decode(text, start)
        except RecursionError:
            raise UnreadableAnswerError("the JSON is nested too deeply") from None
        except ValueError as error:
            complaint = complaint or f"the JSON cannot be read: {error}"
            needed, end = min(2, len(expected)), start + 1
        else:
            found = value if sum(key in value for key in expected) >= needed else found
        start = text.find("{", end)
    if found is None:
        raise UnreadableAnswerError(complaint or f"there is no JSON object with the keys {', '.join(expected)}")
    if flaw := flaw_in(found):
        raise UnreadableAnswerError(f"the JSON cannot be used: {flaw}")
    return found


def flaw_in(value: Any, depth: int = 0) -> str:
    """Say what in a JSON value no database, checkpoint or server would take; "" if there is nothing of the kind."""
    match value:
        case None | bool():
            return ""
        case int():
            return "" if value in _INTEGERS else "a whole number is beyond 64 bits"
        case float():
            return "" if math.isfinite(value) else "a number is not finite"
        case str():
            return "an escape is half a character: write characters as they are" if _SURROGATE.search(value) else ""
        case list() | dict() if depth < _MOST_DEPTH:
            parts = value if isinstance(value, list) else (*value.keys(), *value.values())
            return next((flaw for part in parts if (flaw := flaw_in(part, depth + 1))), "")
        case list() | dict():
            return "it is nested too deeply"
        case _:
            return f"a {type(value).__name__} is no JSON value"


def text_of(value: Any) -> str:
    """Take a value as text, whatever it is; nothing is an empty text."""
    if value is None:
        return ""
    return value.strip() if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON number")


_INTEGERS = range(-(2**63), 2**64)
_MOST_DEPTH = 100
_SURROGATE = re.compile(r"[\ud800-\udfff]")
DECODER = json.JSONDecoder(parse_constant=_refuse_constant)
"""Reads JSON as the standard has it: no NaN, no infinity."""
