"""The runner's side of the processes that the root zygote forks for a scenario."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import socket
import weakref
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal
from uuid import uuid4

from awm_langgraph.catalog.scenario import Scenario
from awm_langgraph.environment.fork.briefing import Briefing
from awm_langgraph.environment.fork.channel import give_order, hear, is_open, memory_file, order_pair
from awm_langgraph.environment.fork.forked import Forked
from awm_langgraph.environment.fork.interface import Calls, Interface
from awm_langgraph.environment.fork.root import START_SECONDS, RootZygote, within
from awm_langgraph.environment.fork.starts import note_start
from awm_langgraph.environment.server_log import last_line, open_log
from awm_langgraph.errors import EnvironmentBuildError
from awm_langgraph.sandbox import SandboxLevel

_LAST_LOOKS = 100
_SECONDS_BETWEEN_LOOKS = 0.01

Role = Literal["scenario", "tools"]


@dataclass(frozen=True)
class Site:
    """Where a scenario's processes work: its territory, a first database to copy, and the log of whoever came first."""

    territory: Path
    database: Path
    log: Path
    level: SandboxLevel


@dataclass
class ScenarioZygote:
    """A process that forks the episodes of one scenario."""

    process: Forked
    control: socket.socket
    interface: Interface
    scratch: Path

    def __post_init__(self) -> None:
        # also when its runtime is forgotten instead of being closed
        for let_go in (self.control.close, self.process.forget):
            weakref.finalize(self, let_go)

    @property
    def is_alive(self) -> bool:
        """Tell whether it can still fork."""
        return is_open(self.control) and self.process.is_alive

    async def last_moments(self) -> None:
        """Wait until a process that seems to be ending has ended; not for long, since it may not be."""
        for _ in range(_LAST_LOOKS):
            if not self.process.is_alive:
                return
            await asyncio.sleep(_SECONDS_BETWEEN_LOOKS)

    async def fork(self, database: Path, stream: int, log: int) -> None:
        """Have it fork a child over a database, given the child's end of the MCP stream and its log.

        Raises:
            OSError: it is gone.
        """
        await give_order(self.control, {"database": str(database)}, (stream, log))

    async def rehearse(self, calls: Calls) -> None:
        """Have it make calls in its quiet moments, so that what they leave in its memory is inherited.

        Raises:
            OSError: it is gone.
        """
        descriptor = memory_file(json.dumps(calls).encode())
        try:
            await give_order(self.control, {}, (descriptor,))
        finally:
            os.close(descriptor)

    async def end(self) -> None:
        """End it, and with it every episode that comes from it."""
        self.control.close()
        await _clear_away(self.process, self.scratch)


async def start_zygote(root: RootZygote, scenario: Scenario, interface: Interface, site: Site) -> ScenarioZygote:
    """Have a zygote load a scenario.

    Raises:
        EnvironmentBuildError: the scenario's code does not load.
    """
    briefing = briefing_of("scenario", scenario, site, site.territory, interface)
    async with forked(root, "scenario", briefing, scenario, site) as (process, control):
        await hear_loaded(control, scenario, site)
        return ScenarioZygote(process, control, interface, briefing.scratch.parent)


@asynccontextmanager
async def forked(
    root: RootZygote, role: Role, briefing: Briefing, scenario: Scenario, site: Site, *descriptors: int
) -> AsyncIterator[tuple[Forked, socket.socket]]:
    """Have the root fork a process for a role; it is ended if what is done with it fails."""
    control, theirs = order_pair()
    process: Forked | None = None
    try:
        with theirs:
            told, log = await asyncio.to_thread(_prepare, briefing, site)
            try:
                await root.order(role, briefing.territory, (theirs.fileno(), told, log, *descriptors))
            finally:
                os.close(told)
                os.close(log)
        message, pid = await within(START_SECONDS, hear(control), f"scenario {scenario.name}: no process was forked")
        if not message:
            raise EnvironmentBuildError(f"scenario {scenario.name}: {await asyncio.to_thread(last_line, site.log)}")
        process = Forked(pid)
        yield process, control
    except BaseException:
        control.close()
        await asyncio.shield(_clear_away(process, briefing.scratch.parent))
        raise


async def _clear_away(process: Forked | None, scratch: Path) -> None:
    if process is not None:
        await process.end()
    await asyncio.to_thread(shutil.rmtree, scratch, ignore_errors=True)


async def hear_loaded(control: socket.socket, scenario: Scenario, site: Site) -> None:
    """Wait for the message that a process has loaded a scenario.

    Raises:
        EnvironmentBuildError: it ended instead, or took too long.
    """
    complaint = f"scenario {scenario.name}: its code did not load"
    message, _ = await within(START_SECONDS, hear(control), complaint)
    if not message:
        raise EnvironmentBuildError(f"{complaint}: {await asyncio.to_thread(last_line, site.log)}")


def briefing_of(
    role: Role, scenario: Scenario, site: Site, territory: Path, interface: Interface | None = None
) -> Briefing:
    """Write down what a process for a role is told, which may write to a territory and nowhere else."""
    return Briefing(
        code=scenario.code,
        territory=territory,
        # its own: the one before may still be removing what it had
        scratch=territory / f"scratch-{role}-{uuid4().hex}" / site.database.name,
        level=site.level,
        interface=interface,
    )


def _prepare(briefing: Briefing, site: Site) -> tuple[int, int]:
    """Lay a scratch database down and open what the process is given: its briefing and a log."""
    briefing.scratch.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    note_start(site.territory)
    shutil.copyfile(site.database, briefing.scratch)
    return briefing.write(), open_log(site.log)
