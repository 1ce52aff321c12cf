"""Tools that are looked up."""

from typing import Any

import pytest
from langchain_core.messages import AIMessage
from langchain_core.messages.tool import invalid_tool_call, tool_call
from langchain_core.tools import BaseTool

from awm_langgraph.agent.interfaces import EnvironmentCall, interface_named
from awm_langgraph.episode import ToolOutcome

SEARCH = interface_named("search")


def searched(tools: list[BaseTool], **arguments: Any) -> ToolOutcome:
    turn = AIMessage("", tool_calls=[tool_call(name="search_tools", args=arguments, id="a")])
    (found,) = SEARCH.requests(turn, tools)
    assert isinstance(found, ToolOutcome)
    return found


def test_what_fits_is_shown_with_its_parameters(tools: list[BaseTool]) -> None:
    found = searched(tools, query="cancel an order", limit=1)
    assert (found.kind, found.is_lookup, found.repairs) == ("ok", True, ())
    assert found.text == "cancel_order: Cancel one order.\n  - order_id: integer, required. Id of the order."


def test_a_limit_written_as_text_is_read_and_is_a_flaw(tools: list[BaseTool]) -> None:
    found = searched(tools, query="order", limit="2", page=1)
    assert len([line for line in found.text.splitlines() if not line.startswith(" ")]) == 2
    assert found.repairs == ("limit: text read as 2", 'search_tools has no parameter "page"')


def test_words_that_no_tool_has_are_answered_with_what_to_do(tools: list[BaseTool]) -> None:
    found = searched(tools, query="weather")
    assert (found.kind, found.is_lookup) == ("ok", True)
    assert found.text.startswith("None of the 4 tools has a word in common with your query.")


@pytest.mark.parametrize(
    "arguments",
    [{}, {"query": ""}, {"query": ["order"]}, {"query": "order", "limit": 0}, {"query": "order", "limit": 21}],
)
def test_a_search_that_cannot_be_made_is_refused(tools: list[BaseTool], arguments: dict[str, Any]) -> None:
    found = searched(tools, **arguments)
    assert (found.kind, found.is_lookup) == ("invalid_args", False)
    assert found.text.startswith("Your call of search_tools was not made: ")


def test_what_was_found_is_called_with_an_object(tools: list[BaseTool]) -> None:
    call = tool_call(name="call_tool", args={"tool_name": "refund", "arguments": {"order_id": 7}}, id="a")
    own = tool_call(name="refund", args={}, id="b")
    broken = invalid_tool_call(name="call_tool", args="{", id="c", error="cut")
    read = SEARCH.read(AIMessage("", tool_calls=[call, own], invalid_tool_calls=[broken]), [])
    first, second, third = SEARCH.requests(read, tools)
    assert first == EnvironmentCall("a", "refund", {"order_id": 7})
    assert isinstance(second, EnvironmentCall)
    assert (second.name, len(second.flaws)) == ("refund", 1)
    assert isinstance(third, ToolOutcome)
    assert third.kind == "invalid_action"
