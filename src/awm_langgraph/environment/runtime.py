"""What an environment needs from whatever runs the scenario's server."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from awm_langgraph.catalog.scenario import Scenario

if TYPE_CHECKING:
    from anyio.streams.memory import MemoryObjectReceiveStream, MemoryObjectSendStream
    from mcp.shared.message import SessionMessage


@dataclass(frozen=True)
class Server:
    """A running scenario server: MCP's two streams, its process, and a way to learn of its end."""

    read: MemoryObjectReceiveStream[SessionMessage | Exception]
    write: MemoryObjectSendStream[SessionMessage]
    pid: int
    ended: asyncio.Future[int]
    """Completes with the exit status when the process is gone."""
    kill: Callable[[], None]
    """Ends the process at once, also where there is no event loop; does nothing when it has ended."""
    catalogue: str = ""
    """Names the list of tools, for servers of one list to share what is made of it; empty where that is not known."""
    may_have_written: bool = True
    """Whether the scenario's code has had an occasion to change the database while it started."""
    reading_tools: frozenset[str] = frozenset()
    """Tools known to read only, so that a call may be made again when the server dies over it."""


class Runtime(Protocol):
    """Starts scenario servers, each in a process of its own."""

    starts_at_once: int
    """How many servers may be started at the same time with gain."""

    def live_folder(self, scenario: Scenario, episode_folder: Path) -> Path:
        """Name a new folder for an episode's live database: where the scenario's processes may write."""
        ...

    def serve(self, scenario: Scenario, database: Path, log: Path) -> AbstractAsyncContextManager[Server]:
        """Run the scenario over a database file until the context is left.

        Entered and left in one task. Leaving ends the process, however it is left.

        Raises:
            EnvironmentBuildError: the scenario's code does not start.
        """
        ...

    async def close(self) -> None:
        """End what is shared between servers; does nothing the second time."""
        ...
