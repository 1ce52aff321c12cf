"""The runner's side of a tool builder: it lists a scenario's tools, which somebody waits for, then tries them."""

from __future__ import annotations

import asyncio
import os
import shutil
import socket
from contextlib import suppress
from pathlib import Path
from uuid import uuid4

from awm_langgraph.catalog.scenario import Scenario
from awm_langgraph.environment.fork.channel import hear
from awm_langgraph.environment.fork.forked import Forked
from awm_langgraph.environment.fork.interface import MAX_INTERFACE_BYTES, Interface, interface_of, tried
from awm_langgraph.environment.fork.root import RootZygote
from awm_langgraph.environment.fork.scenario_process import Site, briefing_of, forked, hear_loaded
from awm_langgraph.errors import EnvironmentBuildError

_PLACE = "tools"
"""Where builders have territories of their own: what a tool that is tried writes lies in no episode's."""

_TRIAL_SECONDS = 40.0
"""Longest wait for the trial of a scenario's tools, which bounds itself unless a tool does not let it."""

_NO_CALLS = b'{"rehearsal": []}'


class ToolBuilder:
    """A process that describes a scenario. Whoever starts one ends it."""

    def __init__(
        self,
        root: RootZygote,
        scenario: Scenario,
        site: Site,
        territory: Path,
        process: Forked,
        control: socket.socket,
        answer: int,
    ) -> None:
        self._root = root
        self._scenario = scenario
        self._site = site
        self._territory = territory
        self._process = process
        self._control = control
        self._answer = answer
        self._is_described = False

    @classmethod
    async def start(cls, root: RootZygote, scenario: Scenario, site: Site) -> ToolBuilder:
        """Have one forked; it has a copy of the site's database when this returns.

        Raises:
            EnvironmentBuildError: none was forked.
        """
        answer = os.memfd_create("interface")
        try:
            territory = site.territory.with_name(_PLACE) / uuid4().hex
            briefing = briefing_of("tools", scenario, site, territory)
            async with forked(root, "tools", briefing, scenario, site, answer) as (process, control):
                return cls(root, scenario, site, territory, process, control, answer)
        except BaseException:
            os.close(answer)
            raise

    async def described(self) -> Interface:
        """Wait for the tool list.

        Raises:
            EnvironmentBuildError: the scenario's code does not load, or its tools cannot be listed.
        """
        await hear_loaded(self._control, self._scenario, self._site)
        self._is_described = True
        return await asyncio.to_thread(self._read, None)

    async def tried(self, known: Interface) -> Interface:
        """Wait until the tools have been tried, and add to what is known which calls may be rehearsed.

        Raises:
            EnvironmentBuildError: it was kept from trying them, or what it said is no list of calls.
        """
        if not self._is_described:
            await self.described()
        said = b""
        # nothing is said where a tool that was tried ended the process, or never came back
        with suppress(TimeoutError):
            async with asyncio.timeout(_TRIAL_SECONDS):
                said, _ = await hear(self._control)
        await self._process.end()
        if not said and not self._root.is_alive:
            raise EnvironmentBuildError(
                f"scenario {self._scenario.name}: the fork server ended while it tried its tools"
            )
        return await asyncio.to_thread(self._read, known)

    async def end(self) -> None:
        """End it, and leave nothing of it behind."""
        self._control.close()
        await self._process.end()
        os.close(self._answer)
        await asyncio.to_thread(shutil.rmtree, self._territory, ignore_errors=True)

    def _read(self, known: Interface | None) -> Interface:
        """Read the first line, or what the second one, which may be missing, adds to what is known."""
        size = os.fstat(self._answer).st_size
        try:
            if size > MAX_INTERFACE_BYTES:
                raise ValueError(f"{size} bytes")
            described, _, after = os.pread(self._answer, size, 0).partition(b"\n")
            found, _, _ = after.partition(b"\n")
            return interface_of(described) if known is None else tried(known, found or _NO_CALLS)
        except (ValueError, RecursionError) as error:
            raise EnvironmentBuildError(
                f"scenario {self._scenario.name}: its tools cannot be listed: {error}"
            ) from error
