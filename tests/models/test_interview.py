"""A conversation with a model that answers with one JSON object."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from langchain_core.messages import AIMessage, HumanMessage
from langgraph.errors import GraphInterrupt

from awm_langgraph.episode import Usage
from awm_langgraph.errors import UsageError
from awm_langgraph.models.interview import Interview, answer_or_error
from awm_langgraph.models.reading import UnreadableAnswerError, find_object

READABLE = '{"sum": 4}'


def read_sum(text: str) -> int:
    return int(find_object(text, ("sum",))["sum"])


async def test_each_question_carries_all_that_was_said_and_costs_add_up(answering: Callable[..., Any]) -> None:
    model = answering("<think>hm</think>\nFour.", "", "Six.")
    interview = Interview(model, timeout_seconds=60)

    assert [await interview.ask(question) for question in ("2+2?", "3+3?", "Well?")] == ["Four.", "", "Six."]
    assert model.asked[2] == [
        HumanMessage("2+2?"),
        AIMessage("Four."),
        HumanMessage("3+3?"),
        AIMessage("(empty)"),
        HumanMessage("Well?"),
    ]
    assert interview.usage == Usage(model_calls=3, input_tokens=300, output_tokens=30, cost_usd=None)
    assert interview.last_text == "Six."


async def test_an_unreadable_answer_is_sent_back_once_with_the_complaint(answering: Callable[..., Any]) -> None:
    model = answering("Four, I think.", READABLE)

    assert await Interview(model, timeout_seconds=60).ask_readable("What?", read_sum) == 4
    assert "there is no JSON object with the keys sum" in model.asked[1][-1].text


async def test_a_second_unreadable_answer_is_an_error(answering: Callable[..., Any]) -> None:
    model = answering("no", "no", READABLE)

    with pytest.raises(UnreadableAnswerError):
        await Interview(model, timeout_seconds=60).ask_readable("What?", read_sum)
    assert len(model.asked) == 2


async def test_a_failing_model_becomes_one_line_of_text(answering: Callable[..., Any]) -> None:
    interview = Interview(answering(RuntimeError("two\nlines")), timeout_seconds=60)

    answer, error = await answer_or_error(interview.ask("What?"))

    assert answer is None
    assert error == "model_error: RuntimeError: two lines"
    assert interview.usage == Usage()


async def test_an_answer_that_stays_unreadable_becomes_one_line_of_text(answering: Callable[..., Any]) -> None:
    interview = Interview(answering("no", "still no"), timeout_seconds=60)

    assert await answer_or_error(interview.ask_readable("What?", read_sum)) == (
        None,
        "the answer cannot be read: there is no JSON object with the keys sum",
    )
    assert interview.usage.model_calls == 2


async def test_a_key_in_any_other_failure_is_masked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "usual-secret")

    async def fail() -> str:
        raise ValueError("bad key usual-secret")

    assert await answer_or_error(fail()) == (None, "ValueError: bad key ***")


async def test_any_other_failure_becomes_one_line_of_text() -> None:
    async def fail() -> str:
        raise KeyError("a\nb")

    assert await answer_or_error(fail()) == (None, "KeyError: 'a\\nb'")


@pytest.mark.parametrize("passing", [GraphInterrupt(()), UsageError("no key: set one")])
async def test_control_flow_and_the_users_mistakes_pass_through(
    answering: Callable[..., Any], passing: Exception
) -> None:
    interview = Interview(answering(passing), timeout_seconds=60)

    with pytest.raises(type(passing)):
        await answer_or_error(interview.ask("What?"))


async def test_a_model_that_never_answers_is_given_up(answering: Callable[..., Any]) -> None:
    interview = Interview(answering(asyncio.Event().wait), timeout_seconds=0.01)

    assert await answer_or_error(interview.ask("What?")) == (
        None,
        "model_error: the model gave no answer within 0.01 s",
    )
