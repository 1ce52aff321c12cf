"""From a call as it was made to what it asks for."""

from typing import Any

import pytest
from langchain_core.messages import ToolCall
from langchain_core.messages.tool import tool_call
from langchain_core.tools import BaseTool

from awm_langgraph.agent.interfaces.functions import CALL_TOOL, CALL_TOOL_WITH_TEXT
from awm_langgraph.agent.interfaces.protocol import EnvironmentCall
from awm_langgraph.agent.interfaces.requests import by_own_name, catalogue_text, through_call_tool, with_question
from awm_langgraph.episode import ToolOutcome


def through(**arguments: Any) -> ToolCall:
    return tool_call(name="call_tool", args=arguments, id="a")


@pytest.mark.parametrize("name", ["refund", "mcp_tool_refund"])
def test_a_tool_is_called_with_or_without_the_prefix(tools: list[BaseTool], name: str) -> None:
    call = through(tool_name=name, arguments='{"order_id": 7}')
    assert through_call_tool(call, tools, CALL_TOOL_WITH_TEXT) == EnvironmentCall("a", "refund", {"order_id": 7})


@pytest.mark.parametrize("name", ["pay", "mcp_tool_pay", "ask_expert", "call_tool"])
def test_an_unknown_tool_goes_to_the_environment_as_it_is(tools: list[BaseTool], name: str) -> None:
    request = through_call_tool(through(tool_name=name, arguments="{}"), tools, CALL_TOOL_WITH_TEXT)
    assert request == EnvironmentCall("a", name, {})


@pytest.mark.parametrize(
    ("written", "meant", "flaws_of_text", "flaws_of_object"),
    [
        ('{"n": 1}', {"n": 1}, (), ("the arguments are text, not an object",)),
        ({"n": 1}, {"n": 1}, ("the arguments are an object, not text",), ()),
        (None, {}, ("there are no arguments",), ("there are no arguments",)),
        (" ", {}, ("the arguments are an empty text",), ("the arguments are an empty text",)),
    ],
)
def test_the_other_form_of_arguments_means_the_same_and_is_a_flaw(
    tools: list[BaseTool],
    written: object,
    meant: dict[str, Any],
    flaws_of_text: tuple[str, ...],
    flaws_of_object: tuple[str, ...],
) -> None:
    call = through(tool_name="refund", arguments=written)
    assert through_call_tool(call, tools, CALL_TOOL_WITH_TEXT) == EnvironmentCall("a", "refund", meant, flaws_of_text)
    assert through_call_tool(call, tools, CALL_TOOL) == EnvironmentCall("a", "refund", meant, flaws_of_object)


@pytest.mark.parametrize(
    ("arguments", "kind", "complaint"),
    [
        ({}, "invalid_args", '"tool_name" must be the name of a tool, as text'),
        ({"tool_name": 4, "arguments": "{}"}, "invalid_args", '"tool_name" must be the name of a tool, as text'),
        ({"tool_name": "refund", "order_id": 7}, "invalid_args", 'found "order_id": these go into "arguments"'),
        (
            {"tool_name": "refund", "arguments": '{"n": '},
            "invalid_action",
            '"arguments" cannot be read: it is no valid',
        ),
        ({"tool_name": "refund", "arguments": "[1]"}, "invalid_action", "expected a JSON object, found list"),
        ({"tool_name": "refund", "arguments": [1]}, "invalid_action", "expected a JSON object, found [1]"),
    ],
)
def test_a_call_that_cannot_be_made_is_refused_by_structure_and_says_why(
    tools: list[BaseTool], arguments: dict[str, Any], kind: str, complaint: str
) -> None:
    outcome = through_call_tool(through(**arguments), tools, CALL_TOOL_WITH_TEXT)
    assert isinstance(outcome, ToolOutcome)
    assert (outcome.kind, outcome.name, outcome.call_id) == (kind, "call_tool", "a")
    assert outcome.text.startswith("Your call of call_tool was not made: ")
    assert complaint in outcome.text


@pytest.mark.parametrize(
    ("name", "request_name", "is_flawed"),
    [("refund", "refund", True), ("mcp_tool_refund", "refund", True), ("pay", "pay", False)],
)
def test_a_tool_called_by_its_own_name_is_called_and_that_is_a_flaw(
    tools: list[BaseTool], name: str, request_name: str, is_flawed: bool
) -> None:
    request = by_own_name(tool_call(name=name, args={"n": 1}, id="a"), tools)
    assert (request.name, request.arguments, bool(request.flaws)) == (request_name, {"n": 1}, is_flawed)


@pytest.mark.parametrize(
    "call",
    [
        tool_call(name="ask_expert", args={"question": "How?"}, id="a"),
        tool_call(name="mcp_tool_ask_expert", args={"question": "How?"}, id="a"),
        through(tool_name="ask_expert", arguments='{"question": "How?"}'),
        through(tool_name="mcp_tool_ask_expert", arguments={"question": "How?"}),
    ],
)
def test_a_question_to_the_expert_is_one_however_it_was_put(call: ToolCall) -> None:
    assert with_question(call) == tool_call(name="ask_expert", args={"question": "How?"}, id="a")


@pytest.mark.parametrize(
    "call", [through(tool_name="refund", arguments="{}"), through(), through(tool_name="ask_expert", arguments="How?")]
)
def test_no_other_call_is_a_question(call: ToolCall) -> None:
    assert with_question(call) == call


def test_the_catalogue_shows_the_prefix_before_each_name(tools: list[BaseTool]) -> None:
    assert catalogue_text(tools[1:2], prefix="mcp_tool_") == (
        "mcp_tool_cancel_order: Cancel one order.\n  - order_id: integer, required. Id of the order."
    )
