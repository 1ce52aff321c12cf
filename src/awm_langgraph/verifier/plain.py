"""Turn whatever a verifier answers into plain data, by exact type and without asking the value.

A value's class may override anything: ``__class__``, ``items``, ``__iter__``, ``__str__``. So its true type is taken
from ``type`` and its content through the methods of the built-in type beneath it.
"""

from __future__ import annotations

import math
import sqlite3
from typing import Any

_MOST_DEPTH = 50
_MOST_VALUES = 100_000
_INTEGERS = range(-(2**63), 2**64)
"""What a checkpoint takes; any other integer becomes its text."""


def plain(value: Any) -> Any:
    """Copy a value into None, bool, int, float, str, list and dict with text keys; anything else becomes its text.

    Raises:
        ValueError: There is more of it than 100,000 values, or it is nested deeper than 50.
    """
    return _Copy().of(value, depth=0)


class _Copy:
    """One copying, which counts what it has copied so that a small value that contains itself cannot grow."""

    def __init__(self) -> None:
        self._values = 0

    def of(self, value: Any, depth: int) -> Any:
        self._values += 1
        if self._values > _MOST_VALUES or depth > _MOST_DEPTH:
            raise ValueError(f"it answered more than {_MOST_VALUES} values, or nested deeper than {_MOST_DEPTH}")
        kind = type(value)
        if value is None or kind is bool:
            return value
        if kind is sqlite3.Row:
            return self._of_pairs(zip(value.keys(), value, strict=True), depth)
        if issubclass(kind, dict):
            return self._of_pairs(dict.items(value), depth)
        for sequence in (list, tuple):
            if issubclass(kind, sequence):
                return [self.of(item, depth + 1) for item in sequence.__iter__(value)]
        for unordered in (set, frozenset):
            if issubclass(kind, unordered):
                return sorted((self.of(item, depth + 1) for item in unordered.__iter__(value)), key=repr)
        return _scalar(value)

    def _of_pairs(self, pairs: Any, depth: int) -> dict[str, Any]:
        return {str(_scalar(key)): self.of(item, depth + 1) for key, item in pairs}


def _scalar(value: Any) -> str | int | float:
    kind = type(value)
    if issubclass(kind, str):
        return _whole(str.__str__(value))
    if issubclass(kind, int):
        number = int.__int__(value)
        return number if number in _INTEGERS else str(number)
    if issubclass(kind, float):
        fraction = float.__float__(value)
        return fraction if math.isfinite(fraction) else repr(fraction)
    return _whole(str(value))


def _whole(text: str) -> str:
    """Replace halves of characters, which no database and no file takes."""
    return text.encode(errors="replace").decode()
