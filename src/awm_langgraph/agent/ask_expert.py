"""The one tool that is not the environment's: a question to the expert."""

from __future__ import annotations

from typing import Annotated

from langchain_core.tools import BaseTool, StructuredTool
from pydantic import Field

from awm_langgraph.agent.routing import ASK_EXPERT
from awm_langgraph.prompts import load


def ask_expert_tool() -> BaseTool:
    """Describe ``ask_expert`` to a model. It is never executed: the graph routes the question to its expert node."""
    return StructuredTool.from_function(_never_called, name=ASK_EXPERT, description=load("ask_expert").render())


def _never_called(question: Annotated[str, Field(description="What you tried, what happened, what you need.")]) -> str:
    raise AssertionError("ask_expert is routed to the expert node, never executed as a tool")
