"""Plausible arguments for a tool, made up from its schema alone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_BY_FORMAT = {
    "date": "2030-01-31",
    "date-time": "2030-01-31T12:00:00",
    "email": "someone@example.com",
    "time": "12:00:00",
    "uri": "https://example.com",
    "uuid": "00000000-0000-4000-8000-000000000001",
}
_CHOICES = ("anyOf", "oneOf", "allOf")
_MOST_DEPTH = 5

Schema = Mapping[str, Any]


def arguments_of(schema: Schema, *, is_full: bool) -> dict[str, Any]:
    """Make up the arguments that a tool demands, or all that it takes."""
    return _object(schema, is_full=is_full, depth=0)


def _object(schema: Schema, *, is_full: bool, depth: int) -> dict[str, Any]:
    properties = schema.get("properties", {})
    names = properties if is_full else schema.get("required", ())
    return {name: _value(properties.get(name, {}), depth + 1) for name in names}


def _value(schema: Schema, depth: int) -> Any:
    for key in ("const", "default"):
        if schema.get(key) is not None:
            return schema[key]
    if schema.get("enum"):
        return schema["enum"][0]
    for key in _CHOICES:
        for choice in schema.get(key, ()):
            if choice.get("type") != "null" and depth < _MOST_DEPTH:
                return _value(choice, depth + 1)
    return _of_type(schema, depth)


def _of_type(schema: Schema, depth: int) -> Any:
    match schema.get("type"):
        case "integer":
            return int(_number(schema))
        case "number":
            return float(_number(schema))
        case "boolean":
            return True
        case "array" if depth < _MOST_DEPTH:
            return [_value(schema.get("items", {}), depth + 1) for _ in range(min(schema.get("minItems", 0), 3))]
        case "array":
            return []
        case "object" if depth < _MOST_DEPTH:
            return _object(schema, is_full=False, depth=depth)
        case "object":
            return {}
        case _:
            return _BY_FORMAT.get(schema.get("format", "")) or "a" * max(1, schema.get("minLength", 1))


def _number(schema: Schema) -> float:
    """One, which is the first row's number, or the least that is allowed beyond."""
    least: float = max(1, schema.get("minimum", 1), schema.get("exclusiveMinimum", 0) + 1)
    return least
