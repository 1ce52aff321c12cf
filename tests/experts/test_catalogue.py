"""The tools as an expert reads them."""

from collections.abc import Sequence
from typing import Any

import pytest

from awm_langgraph.experts.catalogue import render_tools
from awm_langgraph.experts.consultation import ToolSchema


def test_every_tool_is_listed_with_its_parameters(tools: Sequence[ToolSchema]) -> None:
    assert render_tools(tools) == (
        "create_trigger: Add a trigger to a workflow.\n"
        "  - workflow_id: integer, required. Id of the workflow.\n"
        '  - kind: "schedule" | "event", optional.\n'
        "list_workflows: List workflows.\n"
        "  (no parameters)"
    )


@pytest.mark.parametrize(
    ("schema", "words"),
    [
        ({"type": "string", "default": "a b"}, 'string, optional, default "a b".'),
        ({"type": "boolean", "default": False}, "boolean, optional, default false."),
        ({"anyOf": [{"type": "string"}, {"type": "null"}], "default": None}, "string or null, optional."),
        ({"type": ["integer", "null"]}, "integer or null, optional."),
        ({"type": "array", "items": {"type": "integer"}}, "array of integer, optional."),
        ({"type": "integer", "minimum": 1, "maximum": 5}, 'integer {"minimum": 1, "maximum": 5}, optional.'),
        ({"type": "string", "format": "date"}, 'string {"format": "date"}, optional.'),
        ({"description": "Any\n value."}, "any, optional. Any value."),
        (True, "any, optional."),
        (
            {"type": "object", "properties": {"n": {"type": "integer"}}},
            '{"type": "object", "properties": {"n": {"type": "integer"}}}, optional.',
        ),
    ],
)
def test_a_parameter_shows_what_it_takes(schema: Any, words: str) -> None:
    tool = ToolSchema(name="set", input_schema={"type": "object", "properties": {"x": schema}})

    assert render_tools([tool]) == f"set\n  - x: {words}"


def test_definitions_that_parameters_refer_to_are_shown() -> None:
    schema = {"properties": {"x": {"$ref": "#/$defs/X"}}, "$defs": {"X": {"type": "integer"}}, "required": ["x"]}

    assert render_tools([ToolSchema(name="set", input_schema=schema)]) == (
        'set\n  - x: {"$ref": "#/$defs/X"}, required.\n  $defs: {"X": {"type": "integer"}}'
    )
