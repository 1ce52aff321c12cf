"""Calls and their answers as services insist on them."""

from collections.abc import Sequence
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, SystemMessage, ToolMessage
from langchain_core.messages.tool import invalid_tool_call, tool_call

from awm_langgraph.agent.interfaces import InterfaceName, interface_named
from awm_langgraph.agent.interfaces.pairing import answered

IDS = st.sampled_from(["a", "b", "c"])
TURNS = st.builds(
    lambda made, broken: AIMessage(
        "words",
        tool_calls=[tool_call(name="get", args={}, id=one) for one in made],
        invalid_tool_calls=[invalid_tool_call(name=None, args="{", id=one, error="") for one in broken],
    ),
    st.lists(IDS, max_size=3, unique=True),
    st.lists(st.sampled_from(["d", "e"]), max_size=2, unique=True),
)
ANSWERS = st.builds(lambda own, text: ToolMessage(text, tool_call_id=own), st.sampled_from("abcdef"), st.text())
CONVERSATIONS = st.lists(st.one_of(TURNS, ANSWERS, st.builds(HumanMessage, st.text())), max_size=12)


def shape(messages: Sequence[BaseMessage]) -> list[str]:
    return [one.tool_call_id if isinstance(one, ToolMessage) else one.type for one in messages]


def turn(*ids: str) -> AIMessage:
    return AIMessage("", tool_calls=[tool_call(name="get", args={"n": 1}, id=one) for one in ids])


def answer(own: str, text: str = "ok") -> ToolMessage:
    return ToolMessage(text, tool_call_id=own, name="get")


def test_a_conversation_in_order_is_sent_as_it_is() -> None:
    messages = [SystemMessage("s"), HumanMessage("h"), turn("a", "b"), answer("a"), answer("b"), AIMessage("done")]
    assert all(sent is one for sent, one in zip(answered(messages), messages, strict=True))


def test_an_answer_is_moved_behind_its_turn_before_advice_that_came_first() -> None:
    messages = [turn("a", "b"), answer("b"), HumanMessage("advice"), answer("a"), turn("a"), answer("a", "again")]
    sent = answered(messages)
    assert shape(sent) == ["ai", "a", "b", "human", "ai", "a"]
    assert (sent[1].text, sent[5].text) == ("ok", "again")


def test_a_call_that_nobody_answered_is_told_so_and_an_answer_without_a_call_is_left_out() -> None:
    sent = answered([answer("x"), turn("a"), HumanMessage("go on")])
    assert shape(sent) == ["ai", "a", "human"]
    assert sent[1].text == "This call was not made, and nothing came of it."


def test_an_unreadable_call_is_sent_without_its_arguments() -> None:
    broken = invalid_tool_call(name=None, args='{"n": ', id="b", error="cut")
    first, second = answered([AIMessage("", invalid_tool_calls=[broken]), answer("b", "unreadable")])
    assert isinstance(first, AIMessage)
    assert (first.tool_calls, first.invalid_tool_calls) == ([tool_call(name="unnamed", args={}, id="b")], [])
    assert second.text == "unreadable"


def test_an_answer_has_the_name_of_what_was_called() -> None:
    call = tool_call(name="call_tool", args={"tool_name": "refund"}, id="a")
    _, sent = answered([AIMessage("", tool_calls=[call]), ToolMessage("ok", tool_call_id="a", name="refund")])
    assert sent.name == "call_tool"


@given(CONVERSATIONS)
@pytest.mark.parametrize("name", [name for name in get_args(InterfaceName) if name != "text"])
def test_every_call_has_one_answer_directly_behind_its_turn(name: InterfaceName, messages: list[BaseMessage]) -> None:
    sent = interface_named(name).conversation(messages)
    open_calls: list[str] = []
    for one in sent:
        if isinstance(one, ToolMessage):
            assert one.tool_call_id == open_calls.pop(0)
        else:
            assert open_calls == []
        if isinstance(one, AIMessage):
            assert one.invalid_tool_calls == []
            open_calls = [call["id"] or "" for call in one.tool_calls]
    assert open_calls == []
    assert [one.text for one in sent if one.type == "human"] == [one.text for one in messages if one.type == "human"]


@given(CONVERSATIONS)
def test_in_the_text_protocol_no_message_has_a_call_that_a_service_would_want_answered(
    messages: list[BaseMessage],
) -> None:
    sent = interface_named("text").conversation(messages)
    assert not any(isinstance(one, ToolMessage) for one in sent)
    turns = [one for one in sent if isinstance(one, AIMessage)]
    assert all(one.tool_calls == [] and one.invalid_tool_calls == [] and one.text for one in turns)
    calls = sum(len(one.tool_calls) + len(one.invalid_tool_calls) for one in messages if isinstance(one, AIMessage))
    assert sum(one.text.count("<tool_response>\n") for one in sent if one not in messages) >= calls
