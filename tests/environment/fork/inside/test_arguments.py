from collections.abc import Mapping
from typing import Any

import pytest
from mcp import types
from mcp.server.lowlevel import Server
from mcp.shared.memory import create_connected_server_and_client_session

from awm_langgraph.environment.fork.inside.arguments import ArgumentCheck, faults_of

SCHEMAS: Mapping[str, dict[str, Any]] = {
    "get": {
        "type": "object",
        "properties": {
            "id": {"type": "integer"},
            "mode": {"enum": ["a", "b"]},
            "code": {"type": "string", "pattern": "^[A-Z]+$", "maxLength": 3},
            "items": {"type": "array", "items": {"$ref": "#/$defs/item"}},
        },
        "$defs": {"item": {"anyOf": [{"type": "integer"}, {"type": "null"}]}},
        "required": ["id"],
    },
    "broken": {"type": "object", "properties": {"id": {"type": "no such type"}}},
}

CALLS = [
    ("get", {"id": 4}),
    ("get", {"id": "4"}),
    ("get", {}),
    ("get", {"id": True}),
    ("get", {"id": 1, "mode": "c"}),
    ("get", {"id": 1, "code": "abcd"}),
    ("get", {"id": 1, "items": [1, None, "x"]}),
    ("get", {"id": None, "mode": None}),
    ("get", {"id": 1, "unknown": 2}),
    ("broken", {"id": 1}),
]


async def words_of_the_mcp_package(name: str, arguments: dict[str, Any]) -> str:
    server: Server[Any, Any] = Server("reference")

    @server.list_tools()  # type: ignore[no-untyped-call,untyped-decorator] # the mcp package's own
    async def tools() -> list[types.Tool]:
        return [types.Tool(name=name, inputSchema=schema) for name, schema in SCHEMAS.items()]

    @server.call_tool()  # type: ignore[untyped-decorator] # the mcp package's own
    async def call(_name: str, _arguments: dict[str, Any]) -> list[types.ContentBlock]:
        return [types.TextContent(type="text", text="")]

    async with create_connected_server_and_client_session(server) as session:
        result = await session.call_tool(name, arguments)
    (content,) = result.content
    assert isinstance(content, types.TextContent)
    return content.text


@pytest.mark.parametrize(("name", "arguments"), CALLS)
async def test_a_complaint_is_in_the_words_of_the_mcp_package(name: str, arguments: dict[str, Any]) -> None:
    complaint = ArgumentCheck(SCHEMAS, faults_of(SCHEMAS)).complaint(name, arguments)
    assert complaint == await words_of_the_mcp_package(name, arguments)


def test_a_name_that_is_not_in_the_catalogue_is_unknown() -> None:
    assert ArgumentCheck(SCHEMAS, {}).complaint("verify", {}) == "Unknown tool: verify"


def test_only_schemas_that_are_none_are_refused() -> None:
    assert list(faults_of(SCHEMAS)) == ["broken"]
