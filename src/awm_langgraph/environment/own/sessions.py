"""MCP servers of a user's own, each in one session that lives as long as an episode.

A client that opens a session for every call, as langchain-mcp-adapters' does by default, starts a stateful server anew
each time: what the last call did is forgotten.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING

from awm_langgraph.errors import EnvironmentBuildError

if TYPE_CHECKING:
    from langchain_core.tools import BaseTool
    from langchain_mcp_adapters.sessions import Connection

START_SECONDS = 60.0
CLOSE_SECONDS = 10.0


class OwnSessions:
    """The sessions with some servers, entered and left in one task, as MCP's client demands."""

    def __init__(self, connections: Mapping[str, Connection]) -> None:
        self._connections = connections
        self._stop = asyncio.Event()
        self._owner: asyncio.Task[None] | None = None
        self.tools: list[BaseTool] = []

    @property
    def is_alive(self) -> bool:
        """Tell whether calls can be made."""
        return self._owner is not None and not self._owner.done()

    async def open(self) -> None:
        """Connect to every server and load its tools.

        Raises:
            EnvironmentBuildError: a server cannot be reached, or does not answer in time.
        """
        ready: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._owner = asyncio.create_task(self._own(ready), name="own-mcp-sessions")
        done, _ = await asyncio.wait({ready, self._owner}, timeout=START_SECONDS, return_when=asyncio.FIRST_COMPLETED)
        if ready in done:
            return
        owner = self._owner
        error = owner.exception() if owner in done and not owner.cancelled() else None
        await self.close()
        names = ", ".join(self._connections)
        reason = f"no answer within {START_SECONDS:.0f} s" if error is None else f"{type(error).__name__}: {error}"
        raise EnvironmentBuildError(
            f"expected MCP servers at {names}, cannot use them ({' '.join(reason.split())}): start them or correct the "
            "connections"
        ) from error

    async def close(self) -> None:
        """Leave the sessions and end the servers that they started; does nothing the second time."""
        self._stop.set()
        owner = self._owner
        if owner is None or owner.done():
            return
        _, unfinished = await asyncio.wait({owner}, timeout=CLOSE_SECONDS)
        if unfinished:
            owner.cancel()
            await asyncio.wait({owner}, timeout=CLOSE_SECONDS)

    async def _own(self, ready: asyncio.Future[None]) -> None:
        from langchain_mcp_adapters.sessions import create_session
        from langchain_mcp_adapters.tools import load_mcp_tools

        async with AsyncExitStack() as stack:
            for connection in self._connections.values():
                session = await stack.enter_async_context(create_session(connection))
                await session.initialize()
                self.tools += await load_mcp_tools(session)
            ready.set_result(None)
            await self._stop.wait()
