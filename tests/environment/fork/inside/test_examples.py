"""Arguments made up from a schema."""

from typing import Any

import pytest
from jsonschema import Draft202012Validator

from awm_langgraph.environment.fork.inside.examples import arguments_of

SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "size": {"type": "integer", "minimum": 5},
        "share": {"type": "number", "exclusiveMinimum": 3},
        "kind": {"enum": ["small", "large"]},
        "code": {"type": "string", "minLength": 4},
        "due": {"anyOf": [{"type": "null"}, {"type": "string", "format": "date-time"}]},
        "words": {"type": "array", "items": {"type": "string"}, "minItems": 2},
        "place": {"type": "object", "properties": {"floor": {"type": "integer"}}, "required": ["floor"]},
        "page": {"type": "integer", "default": 7},
        "flag": {"type": ["boolean", "null"], "const": False},
        "anything": {},
    },
    "required": ["size", "kind"],
}


def test_they_are_what_the_schema_allows() -> None:
    made = arguments_of(SCHEMA, is_full=True)

    assert made.keys() == SCHEMA["properties"].keys()
    assert list(Draft202012Validator(SCHEMA).iter_errors(made)) == []


def test_only_what_is_demanded_is_there_where_no_more_is_wanted() -> None:
    assert arguments_of(SCHEMA, is_full=False) == {"size": 5, "kind": "small"}


@pytest.mark.parametrize("schema", [{}, {"required": ["unheard"]}, {"properties": {"x": {"anyOf": []}}}])
def test_a_schema_that_says_little_is_enough(schema: dict[str, Any]) -> None:
    assert set(arguments_of(schema, is_full=True)) | set(arguments_of(schema, is_full=False)) <= {"unheard", "x"}


def test_a_schema_without_end_has_an_example() -> None:
    endless: dict[str, Any] = {"type": "object", "required": ["deeper"]}
    endless["properties"] = {"deeper": endless}

    assert arguments_of(endless, is_full=False)["deeper"]["deeper"]
