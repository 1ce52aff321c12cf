"""One episode's environment made of LangChain tools and MCP servers."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from awm_langgraph.environment.own.arguments import complaint_about
from awm_langgraph.environment.own.sessions import OwnSessions
from awm_langgraph.episode import CallKind, SeedProblem, ToolOutcome
from awm_langgraph.errors import UsageError

if TYPE_CHECKING:
    from langchain_core.tools import BaseTool
    from langchain_mcp_adapters.sessions import Connection


class OwnEnvironment:
    """A user's tools behind the ``Environment`` protocol; its snapshot is empty, as there is nothing to revive."""

    snapshot = ""
    seed_problems: tuple[SeedProblem, ...] = ()

    def __init__(
        self, tools: Sequence[BaseTool], connections: Mapping[str, Connection], *, call_timeout_seconds: float
    ) -> None:
        self._own = list(tools)
        self._sessions = OwnSessions(connections) if connections else None
        self._call_timeout_seconds = call_timeout_seconds
        self._tools: dict[str, BaseTool] = {}
        self._is_lost = False

    @property
    def tools(self) -> Sequence[BaseTool]:
        """The tools, a user's own before the servers'."""
        return tuple(self._tools.values())

    @property
    def is_alive(self) -> bool:
        """Tell whether every session is still there."""
        return self._sessions is None or (self._sessions.is_alive and not self._is_lost)

    async def open(self) -> None:
        """Connect to the servers.

        Raises:
            EnvironmentBuildError: one cannot be used.
            UsageError: two tools have one name.
        """
        if self._sessions:
            await self._sessions.open()
        for tool in [*self._own, *(self._sessions.tools if self._sessions else ())]:
            if tool.name in self._tools:
                raise UsageError(f"expected tools with different names, found {tool.name!r} twice: rename one")
            self._tools[tool.name] = tool

    async def call(self, name: str, arguments: dict[str, Any]) -> ToolOutcome:
        """Make one call and tell by structure what came of it."""
        began = time.perf_counter()
        kind, text = await self._answer(name, arguments)
        self._is_lost |= kind == "environment_error"
        latency_seconds = time.perf_counter() - began
        return ToolOutcome(name=name, arguments=arguments, kind=kind, text=text, latency_seconds=latency_seconds)

    async def close(self) -> None:
        """Leave the sessions."""
        if self._sessions:
            await self._sessions.close()

    async def _answer(self, name: str, arguments: dict[str, Any]) -> tuple[CallKind, str]:
        tool = self._tools.get(name)
        if tool is None:
            return "tool_not_found", f"Error: there is no tool {name!r}; there are: {', '.join(self._tools)}"
        if complaint := complaint_about(tool, arguments):
            return "invalid_args", f"Error: the arguments do not fit: {complaint}"
        try:
            async with asyncio.timeout(self._call_timeout_seconds) as limit:
                return await _invoke(tool, arguments)
        except TimeoutError as error:
            if limit.expired():
                return "timeout", f"Error: no answer within {self._call_timeout_seconds:g} s"
            return "server_error", f"Error: {type(error).__name__}: {error}"


async def _invoke(tool: BaseTool, arguments: dict[str, Any]) -> tuple[CallKind, str]:
    from anyio import BrokenResourceError, ClosedResourceError
    from langchain_core.tools import ToolException
    from langgraph.errors import GraphBubbleUp
    from mcp import McpError

    try:
        answer = await tool.ainvoke({"type": "tool_call", "id": "call", "name": tool.name, "args": arguments})
    except (GraphBubbleUp, TimeoutError):
        raise
    except (McpError, BrokenResourceError, ClosedResourceError) as error:
        return "environment_error", f"Error: the tool's server is gone: {error!r}"
    except ToolException as error:
        return "rejected", f"Error: {error}"
    except Exception as error:  # noqa: BLE001 - it is the user's code: whatever it raises, the agent reads
        return "server_error", f"Error: {type(error).__name__}: {error}"
    return ("rejected" if answer.status == "error" else "ok"), answer.text
