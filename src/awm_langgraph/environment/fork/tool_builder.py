"""The runner's side of a tool builder: it lists a scenario's tools, which somebody waits for, then tries them."""

from __future__ import annotations

import asyncio
import os
import shutil
import socket
from contextlib import suppress
from pathlib import Path

from awm_langgraph.catalog.scenario import Scenario
from awm_langgraph.environment.fork.channel import hear
from awm_langgraph.environment.fork.forked import Forked
from awm_langgraph.environment.fork.interface import MAX_INTERFACE_BYTES, Interface, interface_of
from awm_langgraph.environment.fork.root import RootZygote
from awm_langgraph.environment.fork.scenario_process import Site, briefing_of, forked, hear_loaded
from awm_langgraph.errors import EnvironmentBuildError

_TRIAL_SECONDS = 40.0
"""Longest wait for the trial of a scenario's tools, which bounds itself unless a tool does not let it."""


class ToolBuilder:
    """A process that describes a scenario. Whoever starts one ends it."""

    def __init__(
        self, scenario: Scenario, site: Site, scratch: Path, process: Forked, control: socket.socket, answer: int
    ) -> None:
        self._scenario = scenario
        self._site = site
        self._scratch = scratch
        self._process = process
        self._control = control
        self._answer = answer

    @classmethod
    async def start(cls, root: RootZygote, scenario: Scenario, site: Site) -> ToolBuilder:
        """Have one forked; it has a copy of the site's database when this returns.

        Raises:
            EnvironmentBuildError: none was forked.
        """
        answer = os.memfd_create("interface")
        try:
            briefing = briefing_of("tools", scenario, site)
            async with forked(root, "tools", briefing, scenario, site, answer) as (process, control):
                return cls(scenario, site, briefing.scratch.parent, process, control, answer)
        except BaseException:
            os.close(answer)
            raise

    async def described(self) -> Interface:
        """Wait for the tool list.

        Raises:
            EnvironmentBuildError: the scenario's code does not load, or its tools cannot be listed.
        """
        await hear_loaded(self._control, self._scenario, self._site)
        return await asyncio.to_thread(self._read)

    async def tried(self) -> Interface:
        """Wait until the tools have been tried; after ``described``.

        Raises:
            EnvironmentBuildError: what it said is no tool list.
        """
        # nothing is said where a tool that was tried ended the process, or never came back
        with suppress(TimeoutError):
            async with asyncio.timeout(_TRIAL_SECONDS):
                await hear(self._control)
        await self._process.end()
        found = await asyncio.to_thread(self._read)
        return found if found.rehearsal is not None else found.model_copy(update={"rehearsal": ()})

    async def end(self) -> None:
        """End it, and leave nothing of it behind."""
        self._control.close()
        await self._process.end()
        os.close(self._answer)
        await asyncio.to_thread(shutil.rmtree, self._scratch, ignore_errors=True)

    def _read(self) -> Interface:
        size = os.fstat(self._answer).st_size
        try:
            if size > MAX_INTERFACE_BYTES:
                raise ValueError(f"{size} bytes")
            return interface_of(os.pread(self._answer, size, 0).splitlines())
        except (ValueError, RecursionError) as error:
            raise EnvironmentBuildError(
                f"scenario {self._scenario.name}: its tools cannot be listed: {error}"
            ) from error
