"""One MCP session, entered and left in one task, and its tools."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from awm_langgraph.catalog.scenario import Scenario
from awm_langgraph.environment.runtime import Runtime, Server
from awm_langgraph.environment.server_log import last_line
from awm_langgraph.errors import AwmError, EnvironmentBuildError, EnvironmentLostError

if TYPE_CHECKING:
    from langchain_core.tools import BaseTool, StructuredTool
    from mcp import ClientSession
    from mcp.types import CallToolResult

START_SECONDS = 60.0
CLOSE_SECONDS = 10.0


class McpSession:
    """The MCP session with one scenario server.

    MCP's client must be entered and left in the same task, and a dying HTTP server cancels the task that owns the
    session; so a task of its own owns it, and every call races against that task's end.
    """

    def __init__(self, runtime: Runtime, scenario: Scenario, database: Path, log: Path) -> None:
        self._runtime = runtime
        self._scenario = scenario
        self._database = database
        self._log = log
        self._stop = asyncio.Event()
        self._owner: asyncio.Task[None] | None = None
        self._session: ClientSession | None = None
        self._tools: dict[str, StructuredTool] = {}
        self._server: Server | None = None
        self._is_starting = True
        self._clock: asyncio.Timeout | None = None

    async def open(self) -> None:
        """Start the server and load its tools.

        Raises:
            EnvironmentBuildError: the server ended, or did not answer in time.
            UntrustedCodeError: the runtime refuses to run the scenario's code.
        """
        ready: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._owner = asyncio.create_task(self._own(ready), name=f"mcp-session-{self._scenario.name}")
        self._owner.add_done_callback(self._ended)
        try:
            async with asyncio.timeout(START_SECONDS):
                await asyncio.wait({ready, self._owner}, return_when=asyncio.FIRST_COMPLETED)
        except TimeoutError as error:
            await self.close()
            raise EnvironmentBuildError(
                f"scenario {self._scenario.name}: its server did not answer within {START_SECONDS:.0f} s"
            ) from error
        except asyncio.CancelledError:
            await self.close()
            raise
        if not ready.done():
            raise await self._failure()

    def knows(self, name: str) -> bool:
        """Tell whether the catalogue has a tool of that name."""
        return name in self._tools

    def only_reads(self, name: str) -> bool:
        """Tell whether a tool is known to change nothing."""
        return self._server is not None and name in self._server.reading_tools

    @property
    def tools(self) -> tuple[BaseTool, ...]:
        """The server's tools, in its order; none before it is open."""
        return tuple(self._tools.values())

    async def call(self, name: str, arguments: dict[str, Any], timeout_seconds: float) -> CallToolResult:
        """Call a known tool.

        Raises:
            TimeoutError: no answer in time; the server may still be at it.
            EnvironmentLostError: the server is gone, or what came is not MCP.
        """
        if not self.is_alive:
            raise EnvironmentLostError("the environment's server is gone")
        try:
            async with asyncio.timeout(timeout_seconds) as self._clock:
                return await self._invoke(name, arguments)
        except TimeoutError:
            if self.is_alive:
                raise
            raise EnvironmentLostError("the environment's server ended during the call") from None
        except Exception as error:
            # a tool's own error is an answer: whatever the protocol's client raises, the session is of no more use
            raise EnvironmentLostError(f"the environment did not answer in MCP: {error!r}") from error
        finally:
            self._clock = None

    async def _failure(self) -> AwmError:
        """Say why there is no session: in the runtime's words, else in the last ones of the server."""
        assert self._owner is not None
        error = None if self._owner.cancelled() else _innermost(self._owner.exception())
        if isinstance(error, AwmError):
            return error
        reason = "" if error is None else f" ({type(error).__name__}: {error})"
        failure = EnvironmentBuildError(await asyncio.to_thread(self._death_notice) + reason)
        failure.__cause__ = error
        return failure

    def _death_notice(self) -> str:
        return f"scenario {self._scenario.name}: its server ended before it answered; {last_line(self._log)}"

    @property
    def is_alive(self) -> bool:
        """Tell whether the session can still be called."""
        is_ended = self._server is not None and self._server.ended.done()
        return self._owner is not None and not self._owner.done() and not is_ended

    @property
    def pid(self) -> int:
        """Process id of the server; 0 before it is started."""
        return self._server.pid if self._server else 0

    @property
    def may_have_written(self) -> bool:
        """Tell whether the database may have changed while the server started."""
        return self._server is None or self._server.may_have_written

    def kill(self) -> None:
        """End the server at once, without an event loop; the session learns of it by itself."""
        if self._server:
            self._server.kill()

    async def close(self) -> None:
        """End the session and the server; does nothing the second time."""
        self._stop.set()
        owner = self._owner
        if owner is None or owner.done():
            return
        if self._is_starting and not owner.cancelling():
            # until its server has answered it does not look up
            owner.cancel()
        _, unfinished = await asyncio.wait({owner}, timeout=CLOSE_SECONDS)
        if unfinished:
            owner.cancel()
            await asyncio.wait({owner}, timeout=CLOSE_SECONDS)

    def _ended(self, owner: asyncio.Task[None]) -> None:
        """End the call that is being made."""
        if self._clock is not None and not self._clock.expired():
            self._clock.reschedule(0)
        if not owner.cancelled():
            # whoever waits for the owner is told by its end, with better words
            owner.exception()

    async def _own(self, ready: asyncio.Future[None]) -> None:
        from mcp import ClientSession

        read_timeout = timedelta(seconds=START_SECONDS)
        async with self._runtime.serve(self._scenario, self._database, self._log) as server:
            self._server = server
            async with ClientSession(server.read, server.write, read_timeout_seconds=read_timeout) as session:
                try:
                    is_loaded = await _finishes_before(server.ended, self._load(session, server.catalogue))
                finally:
                    self._is_starting = False
                if is_loaded:
                    ready.set_result(None)
                    await _finishes_before(server.ended, self._stop.wait())

    async def _load(self, session: ClientSession, catalogue: str) -> None:
        from awm_langgraph.environment.mcp_tools import tools_of

        await session.initialize()
        self._session = session
        self._tools = await tools_of(session, catalogue)

    async def _invoke(self, name: str, arguments: dict[str, Any]) -> CallToolResult:
        from awm_langgraph.environment import mcp_tools

        assert self._session is not None
        return await mcp_tools.call(self._tools[name], self._session, arguments)


async def _finishes_before(end: asyncio.Future[int], work: Coroutine[Any, Any, object]) -> bool:
    """Do some work unless the server ends first; tell which it was."""
    task: asyncio.Future[Any] = asyncio.ensure_future(work)
    try:
        await asyncio.wait({task, end}, return_when=asyncio.FIRST_COMPLETED)
        if task.done():
            await task
        return task.done()
    finally:
        task.cancel()


def _innermost(error: BaseException | None) -> BaseException | None:
    """Unpack the first error of a task group: the others follow from it."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error
