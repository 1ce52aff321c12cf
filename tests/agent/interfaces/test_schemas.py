"""A tool's schema, part by part."""

from typing import Any

import pytest
from jsonschema.exceptions import SchemaError

from awm_langgraph.agent.interfaces.schemas import CheckedSchema

NUMBER = {"type": "integer"}
SCHEMA = {"type": "object", "properties": {"a": {"$ref": "#/$defs/a~1b"}}, "$defs": {"a/b": {"allOf": [NUMBER]}}}


@pytest.mark.parametrize(
    ("part", "found"),
    [
        (SCHEMA["properties"]["a"], NUMBER),  # type: ignore[index] # a literal
        ({"$ref": "#"}, SCHEMA),
        ({"$ref": "#/none/there"}, {}),
        (True, {}),
        (NUMBER, NUMBER),
    ],
)
def test_references_and_single_parts_are_followed(part: Any, found: Any) -> None:
    assert CheckedSchema(SCHEMA).resolved(part) == found


def test_a_circle_of_references_ends() -> None:
    schema = {"$defs": {"a": {"$ref": "#/$defs/b"}, "b": {"$ref": "#/$defs/a"}}}
    assert "$ref" in CheckedSchema(schema).resolved({"$ref": "#/$defs/a"})


@pytest.mark.parametrize("dialect", [{}, {"$schema": "http://json-schema.org/draft-07/schema#"}])
def test_no_regular_expression_of_a_schema_is_matched(dialect: dict[str, str]) -> None:
    endless = "^(a|a)*$"
    schema = {
        **dialect,
        "properties": {"a": {"type": "string", "pattern": endless}},
        "patternProperties": {endless: False},
        "additionalProperties": False,
    }
    checked = CheckedSchema(schema)
    assert checked.allows({"a": "a" * 60 + "!", "a" * 60 + "!": 1}, checked.root)


def test_what_is_no_schema_is_refused() -> None:
    with pytest.raises(SchemaError):
        CheckedSchema({"type": 4})
