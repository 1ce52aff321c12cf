"""Lenient reading of arguments: what a tool's schema allows to be read in exactly one way is read that way.

A text where none is allowed is read as JSON ("4" for an integer, "true" for a boolean, a JSON text for an object), and
null for an optional argument that may not be null is left out. What is valid stays as it is.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from awm_langgraph.agent.interfaces.schemas import SCHEMA_FAULTS, CheckedSchema, Schema
from awm_langgraph.models.reading import DECODER, flaw_in
from awm_langgraph.models.writing import one_line_json

_QUOTE_LIMIT_CHARACTERS = 60
_Path = tuple[str, ...]


def repaired(arguments: Mapping[str, Any], schema: Schema) -> tuple[dict[str, Any], tuple[str, ...]]:
    """Read a call's arguments by a JSON schema of type object.

    Returns:
        The arguments, and a short text for each repair. What cannot be read is left for the environment to refuse. A
        schema that cannot be used repairs nothing.
    """
    try:
        checked = CheckedSchema(schema)
        read = _Reader(checked).read(dict(arguments), checked.root, ())
    except SCHEMA_FAULTS:
        return dict(arguments), ()
    return read.value, read.repairs


@dataclass(frozen=True)
class _Read:
    """A value as it is read in one place, and what had to be done for it."""

    value: Any
    repairs: tuple[str, ...] = ()


class _Reader:
    def __init__(self, schema: CheckedSchema) -> None:
        self._schema = schema

    def read(self, value: Any, part: Any, path: _Path) -> _Read:
        """Read a value by a part of the schema; what is still not valid then is as it was, but for its own parts."""
        if self._schema.allows(value, part):
            return _Read(value)
        if isinstance(value, str):
            return self._read_text(value, part, path)
        traits = self._schema.resolved(part)
        read = self._read_inside(value, traits, path)
        if self._schema.allows(read.value, part):
            return read
        return self._read_alternatives(read, part, traits, path)

    def _read_text(self, text: str, part: Any, path: _Path) -> _Read:
        try:
            value = DECODER.decode(text)
        except (ValueError, RecursionError):
            return _Read(text)
        if isinstance(value, str) or flaw_in(value):
            return _Read(text)
        read = self.read(value, part, path)
        if not self._schema.allows(read.value, part):
            return _Read(text)
        return _Read(read.value, (f"{_where(path)}: text read as {_short(value)}", *read.repairs))

    def _read_inside(self, value: Any, traits: Schema, path: _Path) -> _Read:
        match value:
            case dict():
                return self._read_members(value, traits, path)
            case list() if "items" in traits:
                parts = [self.read(one, traits["items"], (*path, str(place))) for place, one in enumerate(value)]
                return _Read([one.value for one in parts], tuple(text for one in parts for text in one.repairs))
            case _:
                return _Read(value)

    def _read_members(self, members: dict[str, Any], traits: Schema, path: _Path) -> _Read:
        properties, required = traits.get("properties", {}), traits.get("required", ())
        others = traits.get("additionalProperties", True)
        values: dict[str, Any] = {}
        repairs: tuple[str, ...] = ()
        for name, value in members.items():
            part = properties.get(name, others)
            is_optional = name in properties and name not in required
            if value is None and is_optional and not self._schema.allows(None, part):
                repairs += (f"{_where((*path, name))}: null left out",)
                continue
            read = self.read(value, part, (*path, name))
            values[name] = read.value
            repairs += read.repairs
        return _Read(values, repairs)

    def _read_alternatives(self, so_far: _Read, part: Any, traits: Schema, path: _Path) -> _Read:
        """Take the one reading that fits; two that differ are none."""
        readings: dict[str, _Read] = {}
        for alternative in (*traits.get("anyOf", ()), *traits.get("oneOf", ())):
            read = self.read(so_far.value, alternative, path)
            if self._schema.allows(read.value, part):
                readings.setdefault(one_line_json(read.value), read)
        if len(readings) != 1:
            return so_far
        (only,) = readings.values()
        return _Read(only.value, (*so_far.repairs, *only.repairs))


def _where(path: _Path) -> str:
    return ".".join(path) or "arguments"


def _short(value: Any) -> str:
    text = one_line_json(value)
    return text if len(text) <= _QUOTE_LIMIT_CHARACTERS else f"{text[:_QUOTE_LIMIT_CHARACTERS]}..."
