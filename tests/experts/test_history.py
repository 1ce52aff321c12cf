"""What an agent did, as its messages tell it."""

from typing import Any

import pytest
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, SystemMessage, ToolMessage

from awm_langgraph.experts.history import history_of, with_kind

REQUEST = HumanMessage("Refund order 7.")


def turn(*names: str, broken: tuple[str, ...] = ()) -> AIMessage:
    invalid: Any = [{"name": name, "args": "{", "id": f"broken {name}", "error": None} for name in broken]
    made: Any = [{"name": name, "args": {"order_id": 7}, "id": name} for name in names]
    return AIMessage("", tool_calls=made, invalid_tool_calls=invalid)


def answer(name: str, content: Any = "fine", **more: Any) -> ToolMessage:
    return ToolMessage(content, name=name, tool_call_id=name, **more)


def test_turns_with_calls_are_numbered_and_calls_keep_what_was_asked_and_answered() -> None:
    blocks = [{"type": "text", "text": "a list"}]
    messages: list[BaseMessage] = [
        SystemMessage("Be kind."),
        REQUEST,
        turn("find"),
        answer("find"),
        AIMessage("Let me think."),
        turn("refund", "notify"),
        answer("notify", blocks),
        answer("refund"),
    ]
    history = history_of(messages)
    assert (history.steps, history.advised_at) == (2, (0,))
    assert [(call.step, call.name, call.text, call.kind) for call in history.calls] == [
        (1, "find", "fine", "ok"),
        (2, "refund", "fine", "ok"),
        (2, "notify", "a list", "ok"),
    ]
    assert (history.calls[0].arguments, history.calls[0].call_id) == ({"order_id": 7}, "find")


def test_an_answer_belongs_to_the_call_it_follows_where_ids_are_used_again() -> None:
    history = history_of([REQUEST, turn("find"), answer("find", "one"), turn("find"), answer("find", "two")])
    assert [call.text for call in history.calls] == ["one", "two"]


def test_a_call_without_an_answer_and_a_question_to_the_expert_are_no_calls_that_were_made() -> None:
    history = history_of([REQUEST, turn("find", "ask_expert"), answer("ask_expert")])
    assert (history.steps, history.calls, history.advised_at) == (1, (), (0, 1))


def test_calls_that_could_not_be_read_are_invalid_actions_answered_or_not() -> None:
    refused = ToolMessage("unreadable", name="refund", tool_call_id="broken refund", status="error")
    for messages in ([REQUEST, turn(broken=("refund",))], [REQUEST, turn(broken=("refund",)), refused]):
        (call,) = history_of(messages).calls
        assert (call.step, call.name, call.kind) == (1, "refund", "invalid_action")


@pytest.mark.parametrize(
    ("message", "kind"),
    [
        (answer("find", "Error: no"), "ok"),
        (answer("find", "no", status="error"), "rejected"),
        (with_kind(answer("find", "no", status="error"), "server_error"), "server_error"),
    ],
)
def test_an_error_is_of_the_kind_that_was_noted_on_it_whatever_it_says(message: ToolMessage, kind: str) -> None:
    (call,) = history_of([REQUEST, turn("find"), message]).calls
    assert call.kind == kind


def test_a_word_to_the_agent_is_advice_after_the_step_it_follows() -> None:
    messages = [REQUEST, turn("find"), answer("find"), HumanMessage("Try again.", name="expert"), turn("find"), REQUEST]
    assert history_of(messages).advised_at == (0, 1, 2)


def test_a_kind_is_noted_beside_what_a_tool_noted_itself() -> None:
    noted = with_kind(answer("find", "no", additional_kwargs={"page": 2}), "rejected")
    assert noted.additional_kwargs["page"] == 2
    assert noted.text == "no"
