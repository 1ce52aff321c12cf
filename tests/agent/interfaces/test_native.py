"""One function per tool."""

from langchain_core.messages import AIMessage
from langchain_core.messages.tool import invalid_tool_call, tool_call
from langchain_core.tools import BaseTool

from awm_langgraph.agent.interfaces import EnvironmentCall, interface_named
from awm_langgraph.episode import ToolOutcome

NATIVE = interface_named("native")


def test_every_call_of_a_turn_is_passed_on_as_it_is_also_of_a_tool_that_does_not_exist(tools: list[BaseTool]) -> None:
    turn = AIMessage(
        "",
        tool_calls=[
            tool_call(name="refund", args={"order_id": "7"}, id="a"),
            tool_call(name="mcp_tool_refund", args={}, id="b"),
        ],
    )
    assert NATIVE.requests(turn, tools) == [
        EnvironmentCall("a", "refund", {"order_id": "7"}),
        EnvironmentCall("b", "mcp_tool_refund", {}),
    ]


def test_an_unreadable_call_is_answered_with_what_was_written(tools: list[BaseTool]) -> None:
    broken = invalid_tool_call(name="refund", args='{"order_id": 7', id="a", error="cut")
    (answer,) = NATIVE.requests(AIMessage("", invalid_tool_calls=[broken]), tools)
    assert isinstance(answer, ToolOutcome)
    assert (answer.name, answer.kind, answer.call_id) == ("refund", "invalid_action", "a")
    assert '{"order_id": 7' in answer.text


def test_a_turn_is_read_as_it_came() -> None:
    turn = AIMessage("<tool_call>{}</tool_call>")
    assert NATIVE.read(turn, []) is turn
