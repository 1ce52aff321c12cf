"""``search``: for catalogues too large to be shown whole; the agent looks tools up, then calls them."""

from __future__ import annotations

from collections.abc import Sequence

from langchain_core.messages import AIMessage, BaseMessage
from langchain_core.messages.tool import ToolCall
from langchain_core.tools import BaseTool

from awm_langgraph.agent.interfaces.arguments import repaired
from awm_langgraph.agent.interfaces.functions import CALL_TOOL, MOST_FOUND, SEARCH_TOOLS, USUALLY_FOUND
from awm_langgraph.agent.interfaces.pairing import answered
from awm_langgraph.agent.interfaces.protocol import InterfaceName, Request
from awm_langgraph.agent.interfaces.ranking import best_fitting
from awm_langgraph.agent.interfaces.requests import (
    by_own_name,
    catalogue_text,
    looked_up,
    refused,
    through_call_tool,
    unexpected,
    unreadable,
    with_question,
)
from awm_langgraph.prompts import load


class Search:
    """What was found stays in the conversation, with its schemas; nothing is bound as it is found."""

    name: InterfaceName = "search"
    prompts = (
        "interface_call_tool",
        "interface_none_found",
        "interface_refused",
        "interface_search",
        "interface_search_tools",
        "interface_unanswered",
        "unreadable_call",
    )

    def offered(self, tools: Sequence[BaseTool], extra: Sequence[BaseTool]) -> list[BaseTool]:
        """Bind the two functions."""
        return [SEARCH_TOOLS.as_tool(), CALL_TOOL.as_tool(), *extra]

    def briefing(self, tools: Sequence[BaseTool], extra: Sequence[BaseTool]) -> str:
        """Say how many tools there are to be found."""
        return load("interface_search").render(count=len(tools))

    def read(self, turn: AIMessage, earlier: Sequence[BaseMessage]) -> AIMessage:
        """Take the calls that the service found, a question to the expert as one."""
        return turn.model_copy(update={"tool_calls": [with_question(call) for call in turn.tool_calls]})

    def requests(self, turn: AIMessage, tools: Sequence[BaseTool]) -> list[Request]:
        """Answer searches, and take the calls of tools out of ``call_tool``."""
        return [*(self._request(call, tools) for call in turn.tool_calls), *map(unreadable, turn.invalid_tool_calls)]

    def conversation(self, messages: Sequence[BaseMessage]) -> list[BaseMessage]:
        """See that the service accepts it."""
        return answered(messages)

    def _request(self, call: ToolCall, tools: Sequence[BaseTool]) -> Request:
        if call["name"] == SEARCH_TOOLS.name:
            return _found(call, tools)
        if call["name"] == CALL_TOOL.name:
            return through_call_tool(call, tools, CALL_TOOL)
        return by_own_name(call, tools)


def _found(call: ToolCall, tools: Sequence[BaseTool]) -> Request:
    given, repairs = repaired(call["args"], SEARCH_TOOLS.parameters)
    query, limit = given.get("query"), given.get("limit", USUALLY_FOUND)
    if not isinstance(query, str) or not query.strip():
        return refused(call, "invalid_args", '"query" must say in words what is looked for, as text')
    if not isinstance(limit, int) or not 1 <= limit <= MOST_FOUND:
        return refused(call, "invalid_args", f'"limit" must be a whole number from 1 to {MOST_FOUND}')
    found = best_fitting(query, tools, limit)
    text = catalogue_text(found) if found else load("interface_none_found").render(count=len(tools))
    return looked_up(call, text, (*repairs, *unexpected(given, SEARCH_TOOLS)))
