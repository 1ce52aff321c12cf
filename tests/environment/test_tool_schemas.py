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
        ({"enum": ["x" * 200_000]}, "it has more than 200,000 characters"),
        ({"enum": [0] * 20_000}, "it has more than 20,000 parts"),
    ],
)
def test_a_schema_that_could_harm_its_reader_is_refused_with_its_tools_name(argument: Any, fault: str) -> None:
    with pytest.raises(EnvironmentBuildError, match=f"the schema of tool look cannot be used: {fault}"):
        check_schemas([tool({}), tool(argument)])


@pytest.mark.parametrize(
    "dialect", ["http://json-schema.org/draft-04/schema#", "http://json-schema.org/draft-07/schema#"]
)
def test_the_entries_of_a_list_are_not_compared_with_each_other(dialect: str) -> None:
    twice = {"$schema": dialect, "enum": [{"a": 1}, {"a": 1}], "required": ["b", "b"]}
    check_schemas([StructuredTool(name="look", description="", args_schema=twice, func=print)])


def test_a_schema_of_an_older_dialect_is_checked_by_that_one() -> None:
    older = {"$schema": "http://json-schema.org/draft-04/schema#", "minimum": 1, "exclusiveMinimum": True}
    check_schemas([StructuredTool(name="look", description="", args_schema=older, func=print)])
    with pytest.raises(EnvironmentBuildError, match=r"it is no JSON schema at \$\.exclusiveMinimum"):
        check_schemas(
            [
                tool({}),
                StructuredTool(name="look", description="", args_schema={**older, "exclusiveMinimum": 1}, func=print),
            ]
        )
