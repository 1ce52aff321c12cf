"""What an environment needs from whatever runs the scenario's server."""

from __future__ import annotations

import asyncio
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


class Runtime(Protocol):
    """Starts scenario servers, each in a process of its own."""

    def serve(self, scenario: Scenario, database: Path, log: Path) -> AbstractAsyncContextManager[Server]:
        """Run the scenario over a database file until the context is left.

        Entered and left in one task. Leaving ends the process, however it is left.

        Raises:
            EnvironmentBuildError: the scenario's code does not start.
        """
        ...
