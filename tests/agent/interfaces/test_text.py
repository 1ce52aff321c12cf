"""The published models' protocol."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from langchain_core.messages import AIMessage, HumanMessage, SystemMessage, ToolMessage, messages_from_dict
from langchain_core.messages import messages_to_dict as as_dicts
from langchain_core.messages.tool import invalid_tool_call, tool_call
from langchain_core.tools import BaseTool

from awm_langgraph.agent.interfaces import EnvironmentCall, interface_named
from awm_langgraph.episode import ToolOutcome

TEXT = interface_named("text")
TAGS = st.sampled_from(
    ["<tool_call>", "</tool_call>", "<think>", "</think>", "<tool_response>", '{"name": "list_tools"}']
)


def written(name: str, arguments: object) -> str:
    return f"<tool_call>{json.dumps({'name': name, 'arguments': arguments})}</tool_call>"


def through(name: str, **arguments: Any) -> str:
    return written("call_tool", {"tool_name": f"mcp_tool_{name}", "arguments": json.dumps(arguments)})


def test_a_well_formed_call_goes_to_the_environment_without_a_flaw(tools: list[BaseTool]) -> None:
    turn = AIMessage(f"<think>Refund.</think>\n{through('refund', order_id=7)}", id="m")
    read = TEXT.read(turn, [])
    assert (read.content, read.id) == (turn.content, "m")
    assert TEXT.requests(read, tools) == [EnvironmentCall("call_1", "refund", {"order_id": 7})]


def test_calls_get_ids_that_no_earlier_turn_has(tools: list[BaseTool]) -> None:
    first = TEXT.read(AIMessage(written("list_tools", {})), [])
    second = TEXT.read(AIMessage(written("list_tools", {}) + "<tool_call>{"), [first])
    assert [call["id"] for call in first.tool_calls] == ["call_1"]
    assert [call["id"] for call in (*second.tool_calls, *second.invalid_tool_calls)] == ["call_2", "call_3"]


def test_the_flaws_of_writing_are_kept_with_the_turn_and_survive_a_checkpoint(tools: list[BaseTool]) -> None:
    text = through("refund") + "<tool_call>{'name': 'cancel_order', 'arguments': {'order_id': 7}}"
    (read,) = messages_from_dict(as_dicts([TEXT.read(AIMessage(text), [])]))
    assert isinstance(read, AIMessage)
    assert list(read.additional_kwargs["format_flaws"]) == ["call_2"]
    first, second = TEXT.requests(read, tools)
    assert first == EnvironmentCall("call_1", "refund", {})
    assert isinstance(second, EnvironmentCall)
    assert (second.name, second.arguments) == ("cancel_order", {"order_id": 7})
    assert [flaw.split(":")[0] for flaw in second.flaws] == [
        "the JSON is not strict",
        "the closing tag is missing",
        "it is not the only call of its turn",
        "cancel_order was called by its own name",
    ]


def test_the_flaws_of_a_look_up_are_kept_too(tools: list[BaseTool]) -> None:
    (found,) = TEXT.requests(TEXT.read(AIMessage('<tool_call>{"name": "list_tools"}'), []), tools)
    assert isinstance(found, ToolOutcome)
    assert found.is_lookup
    assert found.text.startswith("mcp_tool_list_orders: List a customer's orders.\n")
    assert found.repairs == ("the closing tag is missing", "there are no arguments")


def test_a_malformed_call_is_a_format_error_and_the_model_is_told_why(tools: list[BaseTool]) -> None:
    read = TEXT.read(AIMessage('Now: <tool_call>{"name": "call_tool", "arguments": {"a": }}</tool_call>'), [])
    (answer,) = TEXT.requests(read, tools)
    assert isinstance(answer, ToolOutcome)
    assert (answer.kind, answer.name, answer.call_id) == ("invalid_action", "call_tool", "call_1")
    assert answer.text.splitlines()[0] == (
        "Your call could not be read and was not made: it is no valid JSON: Expecting value: line 1 column 42 (char 41)"
    )


def test_a_question_to_the_expert_is_a_call_of_its_own() -> None:
    read = TEXT.read(AIMessage(through("ask_expert", question="How?")), [])
    assert read.tool_calls == [tool_call(name="ask_expert", args={"question": "How?"}, id="call_1")]


def test_the_conversation_is_plain_text_in_turns() -> None:
    turn = TEXT.read(AIMessage(written("list_tools", {}) + "<tool_call>{"), [])
    sent = TEXT.conversation(
        [
            SystemMessage("s"),
            HumanMessage("h"),
            turn,
            ToolMessage("tools", tool_call_id="call_1"),
            ToolMessage("broken", tool_call_id="call_2", status="error"),
            HumanMessage("advice", name="expert"),
            AIMessage(""),
            HumanMessage("empty"),
        ]
    )
    responses = "<tool_response>\ntools\n</tool_response>\n<tool_response>\nbroken\n</tool_response>"
    assert [(one.type, one.text) for one in sent] == [
        ("system", "s"),
        ("human", "h"),
        ("ai", turn.text),
        ("human", responses),
        ("human", "advice"),
        ("ai", "(empty)"),
        ("human", "empty"),
    ]


def test_a_result_that_the_model_made_up_is_not_sent_back_to_it() -> None:
    turn = TEXT.read(AIMessage(written("list_tools", {}) + "\n<tool_response>none</tool_response>Done."), [])
    assert "none" in turn.text
    assert TEXT.conversation([turn])[0].text == written("list_tools", {})


def test_calls_that_the_server_took_out_of_the_text_are_read_and_put_back(tools: list[BaseTool]) -> None:
    call = tool_call(name="call_tool", args={"tool_name": "refund", "arguments": "{}"}, id="s")
    turn = AIMessage("Refund.", tool_calls=[call])
    read = TEXT.read(turn, [])
    assert TEXT.requests(read, tools) == [EnvironmentCall("s", "refund", {})]
    assert TEXT.conversation([read])[0].text == f"Refund.\n{written(call['name'], call['args'])}"


def test_an_unreadable_call_of_the_servers_is_answered_too(tools: list[BaseTool]) -> None:
    broken = invalid_tool_call(name=None, args=None, id="s", error=None)
    (answer,) = TEXT.requests(TEXT.read(AIMessage("", invalid_tool_calls=[broken]), []), tools)
    assert isinstance(answer, ToolOutcome)
    assert (answer.kind, answer.name, answer.call_id) == ("invalid_action", "", "s")


@given(st.lists(st.text(max_size=12) | TAGS, max_size=8).map("".join))
@pytest.mark.parametrize("content", ["text", "blocks"])
def test_whatever_a_model_writes_every_call_is_answered_or_made_and_the_turn_can_be_recorded(
    content: str, text: str
) -> None:
    turn = AIMessage(text if content == "text" else [{"type": "text", "text": text}])
    read = TEXT.read(turn, [])
    json.dumps(as_dicts([read])[0]).encode()
    requests = TEXT.requests(read, [])
    ids = [call["id"] for call in (*read.tool_calls, *read.invalid_tool_calls)]
    assert [one.call_id for one in requests] == ids
    assert len(set(ids)) == len(ids)
    (sent, *answers) = TEXT.conversation([read])
    assert sent.text
    assert sum(one.text.count("<tool_response>\n") for one in answers) == len(ids)
    read_again = TEXT.read(read.model_copy(update={"tool_calls": [], "invalid_tool_calls": []}), [])
    assert (read_again.tool_calls, read_again.invalid_tool_calls) == (read.tool_calls, read.invalid_tool_calls)
