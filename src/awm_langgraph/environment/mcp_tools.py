"""The tools that an agent is given, as langchain-mcp-adapters loads them from a server, made to be called often.

Imported when the first session opens: langchain and mcp take a while.
"""

from __future__ import annotations

import asyncio
import contextvars
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from langchain_core.tools import StructuredTool, ToolException
from langchain_mcp_adapters.interceptors import MCPToolCallRequest
from langchain_mcp_adapters.tools import load_mcp_tools
from mcp import ClientSession
from mcp.types import CallToolResult

from awm_langgraph.environment.tool_schemas import check_schemas

Tools = dict[str, StructuredTool]
"""By name, in the server's order."""

_MOST_CATALOGUES = 128

_known: OrderedDict[str, Tools] = OrderedDict()


@dataclass
class _Exchange:
    """The exact arguments of a call on its way out, and the exact MCP result on its way back."""

    session: ClientSession
    arguments: dict[str, Any]
    result: CallToolResult | None = None


_exchange: contextvars.ContextVar[_Exchange] = contextvars.ContextVar("exchange")


async def tools_of(session: ClientSession, catalogue: str) -> Tools:
    """Load a session's tools. Sessions whose ``catalogue`` is the same, and not empty, share them.

    Raises:
        EnvironmentBuildError: a tool's schema cannot be used.
    """
    known = _known.get(catalogue)
    if known is None:
        loaded = await load_mcp_tools(session, tool_interceptors=[_pass_exactly])
        await asyncio.to_thread(check_schemas, loaded)
        known = {tool.name: tool for tool in loaded if isinstance(tool, StructuredTool)}
    if catalogue:
        _known[catalogue] = known
        _known.move_to_end(catalogue)
        if len(_known) > _MOST_CATALOGUES:
            _known.popitem(last=False)
    return known


async def call(tool: StructuredTool, session: ClientSession, arguments: dict[str, Any]) -> CallToolResult:
    """Call a tool of a session and give the server's whole answer.

    What LangChain does around a call takes as long as a small call, and knows less of its outcome than whoever made it:
    it is left out, and with it the callbacks.
    """
    assert tool.coroutine is not None
    exchange = _Exchange(session, arguments)
    token = _exchange.set(exchange)
    try:
        with suppress(ToolException):
            await tool.coroutine()
    finally:
        _exchange.reset(token)
    assert exchange.result is not None
    return exchange.result


async def _pass_exactly(
    request: MCPToolCallRequest, handler: Callable[[MCPToolCallRequest], Awaitable[Any]]
) -> CallToolResult:
    """Send the agent's arguments untouched (one may be called ``runtime``), over the session that is called."""
    exchange = _exchange.get()
    exchange.result = await exchange.session.call_tool(request.name, exchange.arguments)
    return exchange.result
