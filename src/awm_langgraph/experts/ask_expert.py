"""How an agent and its expert talk: the question is a tool call, the answer a message."""

from __future__ import annotations

from typing import Annotated

from langchain_core.tools import BaseTool, StructuredTool
from pydantic import Field

from awm_langgraph.episode import ConsultationRecord
from awm_langgraph.experts.advice import render_advice
from awm_langgraph.prompts import load

ASK_EXPERT = "ask_expert"
"""Name of the one tool that is not the environment's."""
EXPERT_NAME = "expert"
"""Name on the messages that carry unasked advice, so that nobody takes them for the user's or the environment's."""


def ask_expert_tool() -> BaseTool:
    """Describe ``ask_expert`` to a model. It is never executed: whoever runs the agent hands the question on."""
    return StructuredTool.from_function(_never_called, name=ASK_EXPERT, description=load("ask_expert").render())


def answer_text(record: ConsultationRecord, *, remaining: int) -> str:
    """Write what the agent reads of a consultation: the advice, or that there is none."""
    if record.error:
        return load("expert_unavailable").render()
    return render_advice(record.advice, record.complaints, record.number, remaining=remaining)


def _never_called(question: Annotated[str, Field(description="What you tried, what happened, what you need.")]) -> str:
    raise AssertionError("a question to the expert is handed on, never executed as a tool")
