"""The runner's side of an episode's child."""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from awm_langgraph.environment.fork.channel import hear, stream_pair
from awm_langgraph.environment.fork.forked import END_SECONDS, Forked
from awm_langgraph.environment.fork.interface import Interface
from awm_langgraph.environment.fork.root import START_SECONDS, within
from awm_langgraph.environment.fork.scenario_process import ScenarioZygote
from awm_langgraph.environment.fork.wire import connected
from awm_langgraph.environment.runtime import Server
from awm_langgraph.environment.server_log import last_line, open_log
from awm_langgraph.errors import EnvironmentBuildError

UNKNOWN_STATUS = -1
"""What a server's end is told with: the kernel gives an exit status to a process's parent only."""

_READY = b"ready\n"

FORK_SECONDS = 20.0
"""Longest time that a zygote may take to fork; one that takes longer hangs."""


class ZygoteGoneError(Exception):
    """The zygote ended before it forked; another one may do better."""


@dataclass(frozen=True)
class Child:
    """A process that was forked for an episode, and our end of its MCP stream; ``said`` is what came of that so far."""

    process: Forked
    stream: socket.socket
    said: bytes


async def fork_child(zygote: ScenarioZygote, database: Path, log: Path) -> Child:
    """Have a zygote fork a child over a database.

    Raises:
        EnvironmentBuildError: the log cannot be opened.
        ZygoteGoneError: it did not.
    """
    # two system calls: a thread would take longer to be asked
    log_descriptor = open_log(log)
    try:
        stream, theirs = stream_pair()
    except OSError:
        os.close(log_descriptor)
        raise
    try:
        async with asyncio.timeout(FORK_SECONDS):
            try:
                await zygote.fork(database, theirs.fileno(), log_descriptor)
            finally:
                theirs.close()
                os.close(log_descriptor)
            said, pid = await hear(stream)
    except BaseException as error:
        stream.close()
        if isinstance(error, TimeoutError):
            # it hangs, so nobody else will get a child either
            zygote.process.kill()
        if isinstance(error, OSError):
            raise ZygoteGoneError from error
        raise
    if not said:
        stream.close()
        raise ZygoteGoneError
    return Child(Forked(pid), stream, said)


@asynccontextmanager
async def running(child: Child, interface: Interface, name: str, log: Path) -> AsyncIterator[Server]:
    """Talk to a child when it is ready, and end it when the context is left.

    Raises:
        EnvironmentBuildError: it ended before it was ready, or took too long.
    """
    process = child.process
    ended = asyncio.create_task(_end_of(process))
    try:
        if not interface.is_quiet_at_start:
            await _until_ready(child, name, log)
        async with connected(child.stream, interface, process.kill) as (read, write):
            yield Server(
                read,
                write,
                process.pid,
                ended,
                process.kill,
                catalogue=interface.catalogue,
                may_have_written=not interface.is_quiet_at_start,
                reading_tools=interface.reading_tools,
            )
    finally:
        child.stream.close()
        process.kill()
        await asyncio.shield(asyncio.wait({ended}, timeout=END_SECONDS))
        ended.cancel()
        process.forget()


async def _until_ready(child: Child, name: str, log: Path) -> None:
    complaint = f"scenario {name}: its server was not ready"
    said = child.said
    while not said.endswith(_READY):
        more, _ = await within(START_SECONDS, hear(child.stream), complaint)
        if not more:
            raise EnvironmentBuildError(f"{complaint}: {await asyncio.to_thread(last_line, log)}")
        said = (said + more)[-len(_READY) :]


async def _end_of(process: Forked) -> int:
    await process.wait()
    return UNKNOWN_STATUS
