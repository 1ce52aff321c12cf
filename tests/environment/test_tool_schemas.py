from typing import Any

import pytest
from langchain_core.tools import BaseTool, StructuredTool

from awm_langgraph.environment.tool_schemas import check_schemas
from awm_langgraph.errors import EnvironmentBuildError


def tool(argument: Any) -> BaseTool:
    schema = {"type": "object", "properties": {"a": argument}, "$defs": {"A": {"type": "integer"}}}
    return StructuredTool(name="look", description="", args_schema=schema, func=print)


def nested(levels: int) -> Any:
    schema: Any = {}
    for _ in range(levels):
        schema = {"items": schema}
    return schema


@pytest.mark.parametrize(
    "argument",
    [
        {"$ref": "#/$defs/A"},
        {"type": "object", "properties": {"$ref": {"type": "string"}}},
        {"type": "string", "pattern": r"^\p{L}+$"},
        nested(20),
        True,
    ],
)
def test_a_schema_that_can_do_no_harm_is_accepted(argument: Any) -> None:
    check_schemas([tool(argument)])


@pytest.mark.parametrize(
    ("argument", "fault"),
    [
        ({"$ref": "http://127.0.0.1:9/leak"}, "it refers to http://127.0.0.1:9/leak"),
        ({"anyOf": [{"$dynamicRef": "file:///etc/passwd"}]}, "it refers to file:///etc/passwd"),
        ({"type": "objekt"}, "it is no JSON schema at .*objekt"),
        ({"properties": ["a"]}, "it is no JSON schema at "),
        ("integer", "it is no JSON schema at "),
        (nested(3000), "it is nested too deeply"),
    ],
)
def test_a_schema_that_could_harm_its_reader_is_refused_with_its_tools_name(argument: Any, fault: str) -> None:
    with pytest.raises(EnvironmentBuildError, match=f"the schema of tool look cannot be used: {fault}"):
        check_schemas([tool({}), tool(argument)])
