"""The fork runtime: an episode's server is forked from a process that has loaded its scenario. Linux only."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

from awm_langgraph.catalog.scenario import Scenario
from awm_langgraph.environment.runtime import Server
from awm_langgraph.errors import EnvironmentBuildError, UsageError
from awm_langgraph.sandbox import SandboxLevel, admit, probe

if TYPE_CHECKING:
    from awm_langgraph.environment.fork.episode_process import Child
    from awm_langgraph.environment.fork.scenario_process import ScenarioZygote, Site

MOST_SCENARIOS = 32
"""Scenario zygotes kept when none is in use; each holds about 35 MB of its own."""

_ATTEMPTS = 2
_STARTS_FOR_EACH_CPU = 2


class ForkRuntime:
    """Starts each scenario server as a fork of a process that has executed the scenario's code.

    One runtime may be used from several event loops, one after the other. ``close`` ends its processes; so does the
    end of this process, however it ends.
    """

    def __init__(
        self,
        *,
        level: SandboxLevel = "strict",
        most_scenarios: int = MOST_SCENARIOS,
        cache: Path | None = None,
    ) -> None:
        """Make a runtime; processes are started when they are needed.

        ``cache`` is where scenarios' tool lists are kept (default: the user's cache folder).

        Raises:
            UsageError: this platform cannot fork servers.
        """
        from awm_langgraph.environment.fork.interface import InterfaceCache
        from awm_langgraph.environment.fork.live_root import LiveRoot
        from awm_langgraph.environment.fork.zygotes import Zygotes

        obstacle = self.obstacle()
        if obstacle:
            raise UsageError(f"the fork runtime cannot run here: {obstacle}; use --runtime=spawn")
        self.starts_at_once = _STARTS_FOR_EACH_CPU * (os.cpu_count() or 1)
        self._level = level
        self._live_root = LiveRoot()
        interfaces = InterfaceCache(cache or _user_cache() / "interfaces")
        self._zygotes = Zygotes(self._live_root, interfaces, most_scenarios)

    @staticmethod
    def obstacle() -> str:
        """Say why the fork runtime cannot run on this platform, or nothing where it can."""
        if sys.platform != "linux":
            return f"it needs Linux, found {sys.platform}"
        if not hasattr(os, "pidfd_open") or not hasattr(os, "memfd_create"):
            return "this Python was built without pidfd_open and memfd_create"
        return ""

    def live_folder(self, scenario: Scenario, _episode_folder: Path) -> Path:
        """Name a folder for an episode's live database; see ``Runtime.live_folder``."""
        return self._territory(scenario) / uuid4().hex

    @asynccontextmanager
    async def serve(self, scenario: Scenario, database: Path, log: Path) -> AsyncIterator[Server]:
        """Run the scenario's server until the context is left; see ``Runtime.serve``.

        Raises:
            UntrustedCodeError: the code is somebody else's and this machine cannot confine it.
            UsageError: the database is not in a folder that ``live_folder`` named.
        """
        from awm_langgraph.environment.fork.episode_process import running
        from awm_langgraph.environment.fork.scenario_process import Site

        territory = self._territory(scenario)
        if territory not in database.parents:
            raise UsageError(
                f"expected a database in a folder of {territory}, found {database}: ask live_folder for one"
            )
        admission = admit(self._level, probe(), is_ours=scenario.is_ours, what=f"scenario {scenario.name}")
        site = Site(territory, database, log, admission.level)
        async with AsyncExitStack() as stack:
            zygote, child = await self._fork(stack, scenario, site)
            yield await stack.enter_async_context(running(child, zygote.interface, scenario.name, log))

    async def close(self) -> None:
        """End every process of this runtime and drop the live databases; it can be used again afterwards."""
        await self._zygotes.end()
        await asyncio.to_thread(self._live_root.remove)

    async def _fork(self, stack: AsyncExitStack, scenario: Scenario, site: Site) -> tuple[ScenarioZygote, Child]:
        """Fork a child, from a new zygote if the one that was there is found dead."""
        from awm_langgraph.environment.fork.episode_process import ZygoteGoneError, fork_child

        for _ in range(_ATTEMPTS):
            async with AsyncExitStack() as borrowed:
                zygote = await borrowed.enter_async_context(self._zygotes.lend(scenario, site))
                try:
                    child = await fork_child(zygote, site.database, site.log)
                except ZygoteGoneError:
                    await zygote.last_moments()
                    continue
                stack.push_async_exit(borrowed.pop_all())
                return zygote, child
        raise EnvironmentBuildError(f"scenario {scenario.name}: its zygote ends before it forks; its log is {site.log}")

    def _territory(self, scenario: Scenario) -> Path:
        """Name the only folder that the scenario's processes may write to."""
        # a copied scenario may carry its original's fingerprint; Python hashes a string once
        key = f"{scenario.fingerprint[:16]}-{hash((scenario.code, scenario.is_ours)) & 0xFFFFFFFF:08x}"
        return self._live_root.path / key


def _user_cache() -> Path:
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "awm-langgraph"
