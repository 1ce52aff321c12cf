"""How an agent and its expert talk: the question is a tool call, the answer a message."""

from __future__ import annotations

from functools import lru_cache
from typing import Annotated

from langchain_core.messages import HumanMessage
from langchain_core.tools import BaseTool, StructuredTool
from pydantic import Field

from awm_langgraph.episode import ConsultationRecord
from awm_langgraph.experts.advice import render_advice
from awm_langgraph.prompts import load

ASK_EXPERT = "ask_expert"
"""Name of the one tool that is not the environment's."""
EXPERT_NAME = "expert"
"""Name on the messages that carry unasked advice, so that nobody takes them for the user's or the environment's."""
HINT_NAME = "hint"
"""Name on the messages that tell the agent that it may ask, for the same reason."""


def ask_expert_tool() -> BaseTool:
    """Describe ``ask_expert`` to a model. It is never executed: whoever runs the agent hands the question on."""
    return _described(load("ask_expert").render())


def answer_text(record: ConsultationRecord, *, remaining: int) -> str:
    """Write what the agent reads of a consultation: the advice, or that there is none."""
    if record.error:
        return load("expert_unavailable").render()
    return render_advice(record.advice, record.complaints, record.number, remaining=remaining)


def hint(reason: str, *, remaining: int) -> HumanMessage:
    """Tell the agent that it may ask, and why it might want to."""
    return HumanMessage(load("nudge").render(reason=reason, remaining=remaining), name=HINT_NAME)


@lru_cache(maxsize=8)
def _described(description: str) -> BaseTool:
    # a model is given it at every turn, and making it takes as long as the rest of a scripted one
    return StructuredTool.from_function(_never_called, name=ASK_EXPERT, description=description)


def _never_called(question: Annotated[str, Field(description="What you tried, what happened, what you need.")]) -> str:
    raise AssertionError("a question to the expert is handed on, never executed as a tool")
