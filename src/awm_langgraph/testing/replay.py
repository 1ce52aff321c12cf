"""Let any LangChain chat model, a scripted one above all, answer as an OpenAI-compatible server."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from awm_langgraph.testing.openai_server import Answerer, Request
from awm_langgraph.testing.replies import Reply, calls, text

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel
    from langchain_core.messages import BaseMessage

_ERRORS_BEGIN = ("Error", "Unknown tool", "Input validation error")


def answer_with(model: BaseChatModel) -> Answerer:
    """Make a server's answerer from a chat model; it is bound to the tools that each request offers.

    The wire carries neither a tool answer's status nor its name. The name is taken from the call it answers; whether it
    is an error is told from its first words, as any model behind such a server has to.
    """

    def answer(request: Request) -> Reply:
        tools = request.body.get("tools")
        turn = (model.bind_tools(tools) if tools else model).invoke(_conversation(request.body["messages"]))
        if made := turn.tool_calls:
            return calls(*((call["name"], call["args"]) for call in made), content=str(turn.text))
        return text(str(turn.text))

    return answer


def _conversation(wire: Iterable[Mapping[str, Any]]) -> list[BaseMessage]:
    from langchain_core.messages import AIMessage, ToolMessage, convert_to_messages

    names: dict[str | None, str] = {}
    messages: list[BaseMessage] = []
    for message in convert_to_messages([dict(each) for each in wire]):
        if isinstance(message, AIMessage):
            names |= {call["id"]: call["name"] for call in message.tool_calls}
        if isinstance(message, ToolMessage):
            status = "error" if str(message.text).startswith(_ERRORS_BEGIN) else "success"
            message = message.model_copy(update={"name": names.get(message.tool_call_id), "status": status})
        messages.append(message)
    return messages
