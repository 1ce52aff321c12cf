"""From a call as an agent made it to what it asks for.

The arguments of ``call_tool`` have one form in each interface, JSON text or an object; the other form means the same
and is read, as a flaw, and so is a tool called by its own name. A name that the catalogue does not have goes to the
environment as it is, whose answer is ``tool_not_found``.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from langchain_core.messages import InvalidToolCall, ToolCall
from langchain_core.messages.tool import tool_call as made_call
from langchain_core.tools import BaseTool

from awm_langgraph.agent.interfaces.functions import Function
from awm_langgraph.agent.interfaces.loose_json import read_object
from awm_langgraph.agent.interfaces.protocol import EnvironmentCall, Request
from awm_langgraph.environment import schema_of
from awm_langgraph.episode import CallKind, ToolOutcome
from awm_langgraph.experts import ASK_EXPERT, ToolSchema
from awm_langgraph.experts.catalogue import render_tools
from awm_langgraph.models.reading import UnreadableAnswerError
from awm_langgraph.models.writing import one_line_json, shorten
from awm_langgraph.prompts import load

PREFIX = "mcp_tool_"
"""What stands before a tool's name in the published models' protocol."""
_QUOTE_LIMIT_CHARACTERS = 2000


def catalogue_text(tools: Sequence[BaseTool], *, prefix: str = "") -> str:
    """Write tools with their parameters, as experts read them too."""
    schemas = [
        ToolSchema(name=f"{prefix}{tool.name}", description=tool.description, input_schema=schema_of(tool))
        for tool in tools
    ]
    return render_tools(schemas)


def with_question(call: ToolCall) -> ToolCall:
    """Turn ``ask_expert`` called through ``call_tool`` into a call of its own, which is how the graph knows it."""
    name, arguments = call["name"], call["args"]
    if name == "call_tool" and _bare(arguments.get("tool_name")) == ASK_EXPERT:
        try:
            arguments, _ = read_arguments(arguments.get("arguments"), "object")
        except UnreadableAnswerError:
            return call
        name = ASK_EXPERT
    return made_call(name=ASK_EXPERT, args=arguments, id=call["id"]) if _bare(name) == ASK_EXPERT else call


def through_call_tool(call: ToolCall, tools: Sequence[BaseTool], function: Function) -> Request:
    """Read a call of ``call_tool``."""
    given = dict(call["args"])
    tool, written = given.pop("tool_name", None), given.pop("arguments", None)
    if not isinstance(tool, str) or not tool:
        return refused(call, "invalid_args", '"tool_name" must be the name of a tool, as text')
    if given:
        names = ", ".join(map(one_line_json, given))
        return refused(
            call, "invalid_args", f'it takes "tool_name" and "arguments" only, found {names}: these go into "arguments"'
        )
    form = function.parameters["properties"]["arguments"]["type"]
    try:
        arguments, flaws = read_arguments(written, form)
    except UnreadableAnswerError as error:
        return refused(call, "invalid_action", f'"arguments" cannot be read: {error}')
    return EnvironmentCall(call["id"] or "", own_name(tool, tools), arguments, flaws)


def by_own_name(call: ToolCall, tools: Sequence[BaseTool]) -> EnvironmentCall:
    """Read a call that names its tool itself although ``call_tool`` is there for that."""
    name = own_name(call["name"], tools)
    is_known = any(tool.name == name for tool in tools)
    flaws = (f"{call['name']} was called by its own name",) if is_known else ()
    return EnvironmentCall(call["id"] or "", name, call["args"], flaws)


def own_name(name: str, tools: Sequence[BaseTool]) -> str:
    """Take the protocol's prefix off a name, if that leaves a tool's name."""
    names = {tool.name for tool in tools}
    return bare if name not in names and (bare := _bare(name)) in names else name


def looked_up(call: ToolCall, text: str, flaws: Sequence[str] = ()) -> ToolOutcome:
    """Answer a look-up in the catalogue."""
    return ToolOutcome(
        name=call["name"],
        arguments=call["args"],
        kind="ok",
        text=text,
        call_id=call["id"] or "",
        repairs=tuple(flaws),
        is_lookup=True,
    )


def refused(call: ToolCall, kind: CallKind, complaint: str) -> ToolOutcome:
    """Answer a call that cannot be made, and say exactly why."""
    text = load("interface_refused").render(function=call["name"], complaint=complaint)
    return ToolOutcome(name=call["name"], arguments=call["args"], kind=kind, text=text, call_id=call["id"] or "")


def unreadable(call: InvalidToolCall) -> ToolOutcome:
    """Answer a call whose arguments are no JSON object."""
    written = shorten(call["args"] or "", _QUOTE_LIMIT_CHARACTERS)
    text = load("unreadable_call").render(tool=call["name"] or "(none)", arguments=written)
    return ToolOutcome(
        name=call["name"] or "", arguments={}, kind="invalid_action", text=text, call_id=call["id"] or ""
    )


def unexpected(given: Collection[str], function: Function) -> tuple[str, ...]:
    """Name the arguments that a function does not have and does not miss."""
    known = function.parameters["properties"]
    return tuple(f"{function.name} has no parameter {one_line_json(name)}" for name in given if name not in known)


def read_arguments(written: Any, form: str) -> tuple[dict[str, Any], tuple[str, ...]]:
    """Read arguments that were to be written as JSON text (``form`` is ``string``) or as an ``object``.

    Returns them with the flaws of how they were written.

    Raises:
        UnreadableAnswerError: they are no JSON object, or cannot be recorded.
    """
    match written:
        case None:
            return {}, ("there are no arguments",)
        case str() if not written.strip():
            return {}, ("the arguments are an empty text",)
        case str():
            arguments, flaws = read_object(written)
            return arguments, flaws if form == "string" else (*flaws, "the arguments are text, not an object")
        case dict():
            return written, ("the arguments are an object, not text",) if form == "string" else ()
        case _:
            raise UnreadableAnswerError(f"expected a JSON object, found {one_line_json(written)[:40]}")


def _bare(name: Any) -> str:
    return name.removeprefix(PREFIX) if isinstance(name, str) else ""
