"""``gateway``: two functions stand for all tools, ``list_tools`` and ``call_tool``."""

from __future__ import annotations

from collections.abc import Sequence

from langchain_core.messages import AIMessage, BaseMessage
from langchain_core.messages.tool import ToolCall
from langchain_core.tools import BaseTool

from awm_langgraph.agent.interfaces.functions import CALL_TOOL_WITH_TEXT, LIST_TOOLS
from awm_langgraph.agent.interfaces.pairing import answered
from awm_langgraph.agent.interfaces.protocol import InterfaceName, Request
from awm_langgraph.agent.interfaces.requests import (
    by_own_name,
    catalogue_text,
    looked_up,
    through_call_tool,
    unexpected,
    unreadable,
    with_question,
)
from awm_langgraph.prompts import load


class Gateway:
    """The catalogue is looked up once and read by the model; ``prefix`` stands before the names that it lists."""

    name: InterfaceName = "gateway"
    prompts = (
        "interface_call_tool_with_text",
        "interface_gateway",
        "interface_list_tools",
        "interface_refused",
        "interface_unanswered",
        "unreadable_call",
    )

    def __init__(self, prefix: str = "") -> None:
        self._prefix = prefix

    def offered(self, tools: Sequence[BaseTool], extra: Sequence[BaseTool]) -> list[BaseTool]:
        """Bind the two functions."""
        return [LIST_TOOLS.as_tool(), CALL_TOOL_WITH_TEXT.as_tool(), *extra]

    def briefing(self, tools: Sequence[BaseTool], extra: Sequence[BaseTool]) -> str:
        """Say that the tools are behind the functions."""
        return load("interface_gateway").render()

    def read(self, turn: AIMessage, earlier: Sequence[BaseMessage]) -> AIMessage:
        """Take the calls that the service found, a question to the expert as one."""
        return turn.model_copy(update={"tool_calls": [with_question(call) for call in turn.tool_calls]})

    def requests(self, turn: AIMessage, tools: Sequence[BaseTool]) -> list[Request]:
        """Answer look-ups, and take the calls of tools out of ``call_tool``."""
        return [*(self.request(call, tools) for call in turn.tool_calls), *map(unreadable, turn.invalid_tool_calls)]

    def request(self, call: ToolCall, tools: Sequence[BaseTool]) -> Request:
        """Read one call."""
        if call["name"] == LIST_TOOLS.name:
            text = catalogue_text(tools, prefix=self._prefix)
            return looked_up(call, text, unexpected(call["args"], LIST_TOOLS))
        if call["name"] == CALL_TOOL_WITH_TEXT.name:
            return through_call_tool(call, tools, CALL_TOOL_WITH_TEXT)
        return by_own_name(call, tools)

    def conversation(self, messages: Sequence[BaseMessage]) -> list[BaseMessage]:
        """See that the service accepts it."""
        return answered(messages)
