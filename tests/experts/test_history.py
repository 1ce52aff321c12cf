"""What an agent did, as its messages tell it."""

from typing import Any

import pytest
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, SystemMessage, ToolMessage

from awm_langgraph.episode import Call
from awm_langgraph.experts.history import held_back, held_calls, history_of, is_step, turn_of, with_kind
from awm_langgraph.experts.triggers import Turn

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
    assert (history.steps, history.spoken_at) == (2, (0,))
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
    assert (history.steps, history.calls, history.spoken_at) == (1, (), (0,))


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


def test_a_word_to_the_agent_is_noted_after_the_step_it_follows() -> None:
    messages = [REQUEST, turn("find"), answer("find"), HumanMessage("Try again.", name="expert"), turn("find"), REQUEST]
    assert history_of(messages).spoken_at == (0, 1, 2)


def test_a_kind_is_noted_beside_what_a_tool_noted_itself() -> None:
    noted = with_kind(answer("find", "no", additional_kwargs={"page": 2}), "rejected")
    assert noted.additional_kwargs["page"] == 2
    assert noted.text == "no"


def test_steps_are_counted_from_the_end_where_the_beginning_was_cut_off() -> None:
    history = history_of(
        [HumanMessage("A summary."), turn("find"), answer("find"), turn("refund")], steps=9, began_at=4
    )
    assert (history.steps, history.began_at, history.spoken_at) == (9, 4, (7,))
    assert [call.step for call in history.calls] == [8]


def test_an_empty_turn_is_a_step_that_cannot_be_read_and_an_answer_is_none() -> None:
    history = history_of([REQUEST, AIMessage("<think>well</think>"), REQUEST, AIMessage("Done.")])
    assert history.steps == 1
    assert [(call.kind, call.name, call.step) for call in history.calls] == [("invalid_action", "", 1)]
    assert history.turn.is_final


@pytest.mark.parametrize(
    ("message", "is_one"),
    [
        (turn("find"), True),
        (turn(broken=("find",)), True),
        (AIMessage(""), True),
        (AIMessage([{"type": "thinking", "thinking": "hm"}]), True),
        (AIMessage("Done."), False),
        (AIMessage([{"type": "image", "url": "https://example.org/a.png"}]), False),
    ],
)
def test_a_turn_that_says_something_and_calls_nothing_is_no_step(message: AIMessage, is_one: bool) -> None:
    assert is_step(message) is is_one


REFUND = Call(tool="refund", arguments={"order_id": 7})


def test_a_call_that_was_held_back_was_not_made_and_is_remembered_until_one_is() -> None:
    held = held_back(REFUND, call_id="refund", reason="this cannot be undone")
    assert "this cannot be undone" in held.text
    messages: list[BaseMessage] = [REQUEST, turn("refund", "ask_expert"), held, answer("ask_expert"), turn("refund")]
    history = history_of(messages)
    assert (history.calls, history.held, history.steps) == ((), (REFUND,), 2)
    assert history.turn == Turn(calls=(REFUND,), has_calls=True)
    assert held_calls([*messages, answer("refund")]) == ()
    assert [call.name for call in history_of([*messages, answer("refund")]).calls] == ["refund"]


def test_a_turn_means_its_calls_or_those_it_is_said_to_mean_and_a_question_is_none() -> None:
    asking = turn("call_tool", "ask_expert")
    assert turn_of(turn("ask_expert"), is_final=False) == Turn()
    assert [call.tool for call in turn_of(asking, is_final=False).calls] == ["call_tool"]
    assert turn_of(asking, is_final=False, calls=[REFUND]).calls == (REFUND,)
    assert turn_of(turn("ask_expert", broken=("find",)), is_final=False).has_calls


@pytest.mark.parametrize(
    ("text", "noted", "confidence"),
    [
        ("Let me see.\nConfidence: 0.4", None, 0.4),
        ("confidence = 40 %", None, 0.4),
        ("**Confidence:** 0.85", None, 0.85),
        ("Confidence: 0.1\nNo.\nConfidence: 1", None, 1.0),
        ("<think>Confidence: 0.1</think>Well.", None, None),
        ("My confidence: 0.4 of it is luck", None, None),
        ("Confidence: 7/10", None, None),
        ("Confidence: 7", None, None),
        ("Confidence: high", None, None),
        ("Confidence: 0.9", 0.2, 0.2),
        ("", 0, 0.0),
        ("", True, None),
        ("", 40, None),
        ("", float("nan"), None),
        ("Confidence: 0.9", "high", 0.9),
    ],
)
def test_confidence_is_read_where_it_can_be_read_in_one_way(text: str, noted: Any, confidence: float | None) -> None:
    more = {} if noted is None else {"confidence": noted}
    assert turn_of(AIMessage(text, additional_kwargs=more), is_final=False).confidence == confidence
