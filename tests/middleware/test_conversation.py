"""Questions and answers as messages."""

from typing import Any

from langchain_core.messages import AIMessage, HumanMessage, SystemMessage, ToolMessage

from awm_langgraph.experts import hint
from awm_langgraph.middleware.conversation import (
    answers,
    extended,
    open_questions,
    put_aside,
    question_text,
    said_by_user,
)


def held(call_id: str, **arguments: Any) -> ToolMessage:
    return put_aside({"name": "ask_expert", "args": arguments, "id": call_id})


def test_a_question_holds_its_place_until_it_is_answered() -> None:
    first, second = held("1", question="Which?"), held("2", question="And then?").model_copy(update={"id": "m2"})
    messages = [HumanMessage("Go."), AIMessage(""), first, ToolMessage("7", tool_call_id="3"), second]
    assert open_questions(messages) == [first, second]
    assert question_text(open_questions(messages)) == "Which? And then?"
    answered = answers([first, second], "Order 7.", is_refused=False)
    assert [(message.type, message.text, message.id) for message in answered] == [
        ("tool", "Order 7.", None),
        ("tool", "Order 7.", "m2"),
    ]
    assert open_questions([*messages[:2], *answered]) == []


def test_a_question_of_an_earlier_turn_is_not_open() -> None:
    assert open_questions([held("1", question="Which?"), AIMessage("Never mind.")]) == []
    assert open_questions([]) == []


def test_a_question_without_words_is_a_question() -> None:
    assert question_text([held("1")]) == ""
    assert len(open_questions([held("1")])) == 1


def test_unasked_advice_is_a_message_of_the_experts_own() -> None:
    (message,) = answers([], "Try order 7.", is_refused=False)
    assert (message.type, message.name, message.text) == ("human", "expert", "Try order 7.")
    assert said_by_user([HumanMessage("Refund it."), message, HumanMessage("Please.")]) == "Refund it.\n\nPlease."


def test_a_hint_is_no_word_of_the_users() -> None:
    assert said_by_user([HumanMessage("Refund it."), hint("the last step met an error", remaining=2)]) == "Refund it."


def test_a_system_prompt_stays_of_the_kind_it_was() -> None:
    assert extended(None, "part").content == "part"
    assert extended(SystemMessage("own"), "part").content == "own\n\npart"
    cached = {"type": "text", "text": "own", "cache_control": {"type": "ephemeral"}}
    assert extended(SystemMessage([cached]), "part").content == [cached, {"type": "text", "text": "part"}]
