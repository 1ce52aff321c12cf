"""The tools of an agent as an expert sees them, and why one of them refused a call."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from langchain.agents.middleware import ToolCallRequest
from langchain_core.tools import BaseTool
from langchain_core.utils.function_calling import convert_to_openai_tool

from awm_langgraph.episode import CallKind, PlanStep
from awm_langgraph.experts import ASK_EXPERT, ToolSchema, complaints_about


def schemas_of(tools: Sequence[BaseTool | dict[str, Any]]) -> list[ToolSchema]:
    """Describe the tools that an expert can plan with: not itself, and none that the model's provider runs."""
    functions = [convert_to_openai_tool(tool).get("function") for tool in tools]
    return [
        ToolSchema(
            name=function["name"],
            description=function.get("description", ""),
            input_schema=function.get("parameters") or {"type": "object", "properties": {}},
        )
        for function in functions
        if function and function["name"] != ASK_EXPERT
    ]


def kind_of_refusal(request: ToolCallRequest) -> CallKind:
    """Tell why a call was answered with an error: by what was called, never by the words of the answer."""
    if request.tool is None:
        return "tool_not_found"
    call = PlanStep(tool=request.tool.name, arguments=request.tool_call["args"])
    return "invalid_args" if complaints_about([call], schemas_of([request.tool])) else "rejected"
