r"""``text``: the published models' protocol, in which calls and their results are written into the text.

The model has two functions, ``list_tools`` and ``call_tool``, and writes one call per turn:

    <tool_call>{"name": "call_tool", "arguments": {"tool_name": "mcp_tool_add", "arguments": "{\"n\": 4}"}}</tool_call>

The result comes back as a user's message, in ``<tool_response>`` tags.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, InvalidToolCall, ToolCall, ToolMessage
from langchain_core.messages.tool import invalid_tool_call, tool_call
from langchain_core.tools import BaseTool
from langchain_core.utils.function_calling import convert_to_openai_tool

from awm_langgraph.agent.interfaces.functions import CALL_TOOL_WITH_TEXT, LIST_TOOLS
from awm_langgraph.agent.interfaces.gateway import Gateway
from awm_langgraph.agent.interfaces.pairing import answered
from awm_langgraph.agent.interfaces.protocol import EnvironmentCall, InterfaceName, Request
from awm_langgraph.agent.interfaces.requests import PREFIX, with_question
from awm_langgraph.agent.interfaces.text_calls import WrittenCall, read_turn
from awm_langgraph.episode import ToolOutcome
from awm_langgraph.experts import ASK_EXPERT
from awm_langgraph.models.turn import recordable
from awm_langgraph.models.writing import one_line_json
from awm_langgraph.prompts import load

FORMAT_FLAWS = "format_flaws"
"""Where a turn that was read keeps, in ``additional_kwargs``, the flaws of its calls: texts by the call's id."""
_FUNCTIONS = (LIST_TOOLS.name, CALL_TOOL_WITH_TEXT.name, ASK_EXPERT)
_NOTHING_SAID = "(empty)"
"""Some servers refuse an empty message of the assistant's."""


class Text:
    """No function is bound; what a model writes between the tags is its call."""

    name: InterfaceName = "text"
    prompts = (
        "interface_call_tool_with_text",
        "interface_list_tools",
        "interface_refused",
        "interface_text",
        "interface_unanswered",
        "interface_unreadable_text",
    )

    def __init__(self) -> None:
        self._gateway = Gateway(prefix=PREFIX)

    def offered(self, tools: Sequence[BaseTool], extra: Sequence[BaseTool]) -> list[BaseTool]:
        """Bind nothing: the briefing offers the functions."""
        return []

    def briefing(self, tools: Sequence[BaseTool], extra: Sequence[BaseTool]) -> str:
        """Describe the functions, one JSON object per line, and how a call is written."""
        functions = [convert_to_openai_tool(tool) for tool in self._gateway.offered(tools, extra)]
        return load("interface_text").render(functions="\n".join(map(one_line_json, functions)))

    def read(self, turn: AIMessage, earlier: Sequence[BaseMessage]) -> AIMessage:
        """Find the calls in the text; calls that the server found itself, as some do, stay in front of them."""
        written = read_turn(turn.text, _FUNCTIONS).calls
        made = [call for call in written if not call.complaint]
        calls = [*turn.tool_calls, *(tool_call(name=one.name, args=one.arguments, id=None) for one in made)]
        broken = [*turn.invalid_tool_calls, *map(_as_invalid, (call for call in written if call.complaint))]
        found = turn.model_copy(
            update={"tool_calls": [with_question(call) for call in calls], "invalid_tool_calls": broken}
        )
        read = recordable(found, earlier)
        own = read.tool_calls[len(turn.tool_calls) :]
        flaws = {call["id"]: list(one.flaws) for call, one in zip(own, made, strict=True) if one.flaws}
        if not flaws:
            return read
        return read.model_copy(update={"additional_kwargs": {**read.additional_kwargs, FORMAT_FLAWS: flaws}})

    def requests(self, turn: AIMessage, tools: Sequence[BaseTool]) -> list[Request]:
        """Read the calls as the gateway does, and add the flaws of how they were written."""
        flaws = turn.additional_kwargs.get(FORMAT_FLAWS, {})
        requests = [
            _with_flaws(self._gateway.request(call, tools), tuple(flaws.get(call["id"], ())))
            for call in turn.tool_calls
        ]
        return [*requests, *map(_unreadable, turn.invalid_tool_calls)]

    def conversation(self, messages: Sequence[BaseMessage]) -> list[BaseMessage]:
        """Write calls and results as text; the results of one turn are one message."""
        sent: list[BaseMessage] = []
        for is_answer, group in groupby(answered(messages), key=lambda one: isinstance(one, ToolMessage)):
            if is_answer:
                sent.append(HumanMessage("\n".join(f"<tool_response>\n{one.text}\n</tool_response>" for one in group)))
            else:
                sent += [_as_text(one) if isinstance(one, AIMessage) else one for one in group]
        return sent


def _as_text(turn: AIMessage) -> AIMessage:
    """Leave a turn its own words, up to a result that it made up; calls that the server took out are put back."""
    written = read_turn(turn.text, _FUNCTIONS)
    taken_out = [] if written.calls else [_spelled(call) for call in turn.tool_calls]
    return AIMessage("\n".join(filter(None, (written.text, *taken_out))) or _NOTHING_SAID)


def _spelled(call: ToolCall) -> str:
    return f"<tool_call>{one_line_json({'name': call['name'], 'arguments': call['args']})}</tool_call>"


def _as_invalid(call: WrittenCall) -> InvalidToolCall:
    return invalid_tool_call(name=call.name, args=call.raw, id=None, error=call.complaint)


def _unreadable(call: InvalidToolCall) -> ToolOutcome:
    text = load("interface_unreadable_text").render(complaint=call["error"] or "it is no JSON object")
    return ToolOutcome(
        name=call["name"] or "", arguments={}, kind="invalid_action", text=text, call_id=call["id"] or ""
    )


def _with_flaws(request: Request, flaws: tuple[str, ...]) -> Request:
    if isinstance(request, EnvironmentCall):
        return EnvironmentCall(request.call_id, request.name, request.arguments, (*flaws, *request.flaws))
    return request.model_copy(update={"repairs": (*flaws, *request.repairs)})
