"""Two functions for all tools."""

from langchain_core.messages import AIMessage
from langchain_core.messages.tool import invalid_tool_call, tool_call
from langchain_core.tools import BaseTool

from awm_langgraph.agent.interfaces import EnvironmentCall, interface_named
from awm_langgraph.episode import ToolOutcome

GATEWAY = interface_named("gateway")


def test_the_catalogue_is_looked_up_without_the_environment(tools: list[BaseTool]) -> None:
    turn = AIMessage("", tool_calls=[tool_call(name="list_tools", args={"page": 1}, id="a")])
    (found,) = GATEWAY.requests(turn, tools)
    assert isinstance(found, ToolOutcome)
    assert (found.kind, found.is_lookup, found.call_id) == ("ok", True, "a")
    assert [line for line in found.text.splitlines() if not line.startswith(" ")] == [
        "list_orders: List a customer's orders.",
        "cancel_order: Cancel one order.",
        "refund: Pay money back.",
        "set_stock: Say how many there are.",
    ]
    assert found.repairs == ('list_tools has no parameter "page"',)


def test_calls_of_one_turn_are_read_in_order_and_unreadable_ones_behind_them(tools: list[BaseTool]) -> None:
    turn = AIMessage(
        "",
        tool_calls=[
            tool_call(name="call_tool", args={"tool_name": "refund", "arguments": '{"order_id": 7}'}, id="a"),
            tool_call(name="cancel_order", args={"order_id": 7}, id="b"),
        ],
        invalid_tool_calls=[invalid_tool_call(name="call_tool", args="{", id="c", error="cut")],
    )
    first, second, third = GATEWAY.requests(turn, tools)
    assert first == EnvironmentCall("a", "refund", {"order_id": 7})
    assert second == EnvironmentCall("b", "cancel_order", {"order_id": 7}, ("cancel_order was called by its own name",))
    assert isinstance(third, ToolOutcome)
    assert (third.kind, third.call_id) == ("invalid_action", "c")


def test_a_question_through_call_tool_is_read_as_a_question() -> None:
    call = tool_call(name="call_tool", args={"tool_name": "ask_expert", "arguments": '{"question": "?"}'}, id="a")
    read = GATEWAY.read(AIMessage("", tool_calls=[call]), [])
    assert read.tool_calls == [tool_call(name="ask_expert", args={"question": "?"}, id="a")]
