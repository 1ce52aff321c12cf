"""The question as a tool call, the answer as a text."""

import pytest
from langchain_core.utils.function_calling import convert_to_openai_tool

from awm_langgraph.episode import Advice, ConsultationRecord
from awm_langgraph.experts.ask_expert import answer_text, ask_expert_tool
from awm_langgraph.prompts import load

RECORD = ConsultationRecord(
    number=2,
    trigger="agent",
    reason="the agent asked",
    step=3,
    after_calls=2,
    expert="dynamic",
    model="m",
    tier="schema",
    advice=Advice(notes="Mind the number."),
)


def test_the_tool_takes_one_question_and_is_described_by_its_prompt() -> None:
    function = convert_to_openai_tool(ask_expert_tool())["function"]
    assert (function["name"], function["description"]) == ("ask_expert", load("ask_expert").render())
    assert (list(function["parameters"]["properties"]), function["parameters"]["required"]) == (
        ["question"],
        ["question"],
    )


def test_the_tool_is_never_executed() -> None:
    with pytest.raises(AssertionError, match="handed on"):
        ask_expert_tool().invoke({"question": "What now?"})


def test_an_answer_is_the_advice_or_says_that_there_is_none() -> None:
    assert answer_text(RECORD, remaining=1).startswith("Advice from the expert (consultation 2; consultations left: 1)")
    failed = RECORD.model_copy(update={"advice": Advice(), "error": "model_error: it is down"})
    assert answer_text(failed, remaining=1) == load("expert_unavailable").render()
