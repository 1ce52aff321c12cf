"""The zygotes of a runner: the root and the scenarios used last, each started when it is first needed."""

from __future__ import annotations

import asyncio
from collections import Counter, OrderedDict
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any, TypeVar

from awm_langgraph.catalog.scenario import Scenario
from awm_langgraph.environment.fork.interface import Interface, InterfaceCache
from awm_langgraph.environment.fork.live_root import LiveRoot
from awm_langgraph.environment.fork.root import RootZygote
from awm_langgraph.environment.fork.scenario_process import ScenarioZygote, Site, start_zygote
from awm_langgraph.environment.fork.tool_builder import ToolBuilder
from awm_langgraph.errors import EnvironmentBuildError

_MOST_TRIALS = 16
"""At a time, each in a process of its own; the tools of a scenario that comes when there are as many are tried when its
zygote is started the next time."""

_Started = TypeVar("_Started")


class Zygotes:
    """A root zygote and at most ``most`` scenario zygotes, or as many as have live episodes.

    They outlive an event loop; what is being started belongs to the loop that started it.
    """

    def __init__(self, live_root: LiveRoot, interfaces: InterfaceCache, most: int) -> None:
        self._live_root = live_root
        self._interfaces = interfaces
        self._most = most
        self._root: RootZygote | None = None
        self._ready: OrderedDict[Path, ScenarioZygote] = OrderedDict()
        # those who wait for one count too: nobody may end it in the moment before they have it
        self._borrowers: Counter[Path] = Counter()
        self._starting: dict[object, asyncio.Task[Any]] = {}
        self._trials: dict[asyncio.Task[None], Path] = {}
        self._fallen: set[Path] = set()

    @asynccontextmanager
    async def lend(self, scenario: Scenario, site: Site) -> AsyncIterator[ScenarioZygote]:
        """Lend the zygote of a site's territory; it is not ended to make room meanwhile.

        Raises:
            EnvironmentBuildError: the scenario's code does not load.
        """
        borrowers = self._borrowers
        borrowers[site.territory] += 1
        try:
            zygote = self._ready.get(site.territory)
            if zygote is None or not zygote.is_alive:
                zygote = await self._once(site.territory, lambda: self._start(scenario, site))
            else:
                self._ready.move_to_end(site.territory)
            yield zygote
        finally:
            borrowers[site.territory] -= 1

    async def end(self) -> None:
        """End them all, with every episode, and whatever is being started."""
        here = asyncio.get_running_loop()
        underway = [task for task in (*self._trials, *self._starting.values()) if task.get_loop() is here]
        for task in underway:
            task.cancel()
        await asyncio.gather(*underway, return_exceptions=True)
        root, self._root = self._root, None
        # also those whose event loop stopped in the middle, who give nothing back
        self._borrowers = Counter()
        while self._ready:
            _, zygote = self._ready.popitem()
            await zygote.end()
        if root is not None:
            await asyncio.to_thread(root.end)

    async def _start(self, scenario: Scenario, site: Site) -> ScenarioZygote:
        root = self._root
        if site.territory in self._ready and root is not None and root.is_alive:
            self._fallen.add(site.territory)
        await self._forget(site.territory)
        root = None
        try:
            root = await self._living_root()
            # somebody may have removed the folder since
            await self._claim()
            zygote = await self._start_from(root, scenario, site)
        except (EnvironmentBuildError, OSError):
            if root is not None and root.is_alive:
                raise
            # the fork server ended meanwhile, which says nothing of the scenario
            zygote = await self._start_from(await self._living_root(), scenario, site)
        self._ready[site.territory] = zygote
        await self._make_room()
        return zygote

    async def _start_from(self, root: RootZygote, scenario: Scenario, site: Site) -> ScenarioZygote:
        interface = await self._interface(root, scenario, site)
        if site.territory in self._fallen:
            # it may have been a rehearsal that ended the one before, and its episodes
            interface = interface.model_copy(update={"rehearsal": ()})
        return await start_zygote(root, scenario, interface, site)

    async def _living_root(self) -> RootZygote:
        root = self._root
        return root if root is not None and root.is_alive else await self._once(RootZygote, self._start_root)

    async def _start_root(self) -> RootZygote:
        if self._root is not None:
            await asyncio.to_thread(self._root.end)
        await self._claim()
        self._root = await RootZygote.start(self._live_root.path)
        return self._root

    async def _claim(self) -> None:
        await self._once(LiveRoot, lambda: asyncio.to_thread(self._live_root.claim))

    async def _interface(self, root: RootZygote, scenario: Scenario, site: Site) -> Interface:
        """Find out what is not known of a scenario; that its tools are tried is not waited for."""
        known = await asyncio.to_thread(self._interfaces.read, scenario)
        if known is not None and (known.rehearsal is not None or not self._may_try(site.territory)):
            return known
        builder = await ToolBuilder.start(root, scenario, site)
        try:
            if known is None:
                known = await builder.described()
                await asyncio.to_thread(self._interfaces.write, scenario, known)
        except BaseException:
            await asyncio.shield(builder.end())
            raise
        if self._may_try(site.territory):
            trial = asyncio.create_task(self._try(builder, scenario, known, site.territory))
            self._trials[trial] = site.territory
            trial.add_done_callback(self._trials.pop)
            # once it has begun it ends the builder, however it ends
            await asyncio.sleep(0)
        else:
            await asyncio.shield(builder.end())
        return known

    def _may_try(self, territory: Path) -> bool:
        """Tell whether the tools of a territory's scenario are not being tried, and there is room for that."""
        trials = self._trials_here()
        return len(trials) < _MOST_TRIALS and territory not in trials.values()

    def _trials_here(self) -> dict[asyncio.Task[None], Path]:
        """List the trials of this event loop; those of another one ended with it."""
        here = asyncio.get_running_loop()
        return {trial: territory for trial, territory in self._trials.items() if trial.get_loop() is here}

    async def _try(self, builder: ToolBuilder, scenario: Scenario, known: Interface, territory: Path) -> None:
        """Have a scenario's tools tried, and its zygote rehearse those that may be; what fails here fails nobody."""
        try:
            with suppress(EnvironmentBuildError, OSError):
                found = await builder.tried(known)
                await asyncio.to_thread(self._interfaces.write, scenario, found)
                starting = self._starting.get(territory)
                if starting is not None:
                    await asyncio.wait({starting})
                zygote = self._ready.get(territory)
                # one that was started since then knows, or is to rehearse nothing
                if zygote is not None and zygote.interface.rehearsal is None:
                    zygote.interface = found
                    await zygote.rehearse(found.rehearsal or ())
        finally:
            await asyncio.shield(builder.end())

    async def _make_room(self) -> None:
        """End idle zygotes, those used longest ago first."""
        idle = [territory for territory in self._ready if not self._borrowers[territory]]
        # all at once: one that waited for its turn could be borrowed meanwhile
        ended = [self._ready.pop(territory) for territory in idle[: max(0, len(self._ready) - self._most)]]
        await asyncio.gather(*(zygote.end() for zygote in ended))

    async def _forget(self, territory: Path) -> None:
        zygote = self._ready.pop(territory, None)
        if zygote is not None:
            await zygote.end()

    async def _once(self, what: object, start: Callable[[], Coroutine[Any, Any, _Started]]) -> _Started:
        """Start something that several may be waiting for; one that stops waiting does not stop it."""
        task = self._starting.get(what)
        if task is None or task.get_loop() is not asyncio.get_running_loop():
            task = self._starting[what] = asyncio.create_task(start())
            task.add_done_callback(lambda done: self._started(what, done))
        started: _Started = await asyncio.shield(task)
        return started

    def _started(self, what: object, task: asyncio.Task[Any]) -> None:
        if self._starting.get(what) is task:
            del self._starting[what]
        if not task.cancelled():
            # whoever still waits is told; nobody may be left
            task.exception()
