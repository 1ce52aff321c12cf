"""``native``: one function per tool, any number of calls in a turn."""

from __future__ import annotations

from collections.abc import Sequence

from langchain_core.messages import AIMessage, BaseMessage
from langchain_core.tools import BaseTool

from awm_langgraph.agent.interfaces.pairing import answered
from awm_langgraph.agent.interfaces.protocol import EnvironmentCall, InterfaceName, Request
from awm_langgraph.agent.interfaces.requests import unreadable


class Native:
    """The model's service does everything: it is given the tools' schemas, and gives calls."""

    name: InterfaceName = "native"
    prompts = ("interface_unanswered", "unreadable_call")

    def offered(self, tools: Sequence[BaseTool], extra: Sequence[BaseTool]) -> list[BaseTool]:
        """Bind every tool."""
        return [*tools, *extra]

    def briefing(self, tools: Sequence[BaseTool], extra: Sequence[BaseTool]) -> str:
        """Say nothing: the service explains the functions to its model."""
        return ""

    def read(self, turn: AIMessage, earlier: Sequence[BaseMessage]) -> AIMessage:
        """Take the calls that the service found."""
        return turn

    def requests(self, turn: AIMessage, tools: Sequence[BaseTool]) -> list[Request]:
        """Pass every call on as it is, also one of a tool that does not exist."""
        calls = [EnvironmentCall(call["id"] or "", call["name"], call["args"]) for call in turn.tool_calls]
        return [*calls, *map(unreadable, turn.invalid_tool_calls)]

    def conversation(self, messages: Sequence[BaseMessage]) -> list[BaseMessage]:
        """See that the service accepts it."""
        return answered(messages)
