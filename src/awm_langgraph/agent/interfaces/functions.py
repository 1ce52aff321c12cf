"""The functions that stand for all tools together: list them, search them, call one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from langchain_core.tools import BaseTool, StructuredTool

from awm_langgraph.prompts import load


@dataclass(frozen=True)
class Function:
    """A function that the interface answers or translates; what it says of itself stands in the prompt named."""

    name: str
    prompt: str
    parameters: dict[str, Any]

    def as_tool(self) -> BaseTool:
        """Describe it to a model; nothing executes it."""
        return StructuredTool(name=self.name, description=load(self.prompt).render(), args_schema=self.parameters)


def _object(required: tuple[str, ...] = (), **properties: dict[str, Any]) -> dict[str, Any]:
    schema = {"type": "object", "properties": properties}
    return {**schema, "required": list(required)} if required else schema


MOST_FOUND = 20
USUALLY_FOUND = 5

LIST_TOOLS = Function("list_tools", "interface_list_tools", _object())
SEARCH_TOOLS = Function(
    "search_tools",
    "interface_search_tools",
    _object(
        ("query",),
        query={"type": "string"},
        limit={"type": "integer", "minimum": 1, "maximum": MOST_FOUND, "default": USUALLY_FOUND},
    ),
)
CALL_TOOL = Function(
    "call_tool",
    "interface_call_tool",
    _object(("tool_name", "arguments"), tool_name={"type": "string"}, arguments={"type": "object"}),
)
CALL_TOOL_WITH_TEXT = Function(
    "call_tool",
    "interface_call_tool_with_text",
    _object(("tool_name", "arguments"), tool_name={"type": "string"}, arguments={"type": "string"}),
)
"""The form that the published models were trained on: the tool's arguments are JSON inside a string."""
