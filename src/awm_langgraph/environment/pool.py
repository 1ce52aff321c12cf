"""Environments by episode: a live one at the snapshot asked for is lent, anything else is started from the snapshot."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from awm_langgraph.catalog.scenario import Scenario
from awm_langgraph.environment.choosing import runtime_for
from awm_langgraph.environment.fleet import Fleet, Plan
from awm_langgraph.environment.limits import PoolLimits
from awm_langgraph.environment.memory import private_bytes
from awm_langgraph.environment.protocol import Environment
from awm_langgraph.environment.runtime import Runtime
from awm_langgraph.environment.snapshots import SnapshotStore
from awm_langgraph.environment.statistics import Census, PoolStatistics, Tally
from awm_langgraph.errors import EnvironmentLostError, SnapshotError, UsageError
from awm_langgraph.settings import current_settings

_MAX_EPISODE_ID_CHARS = 100


@dataclass(eq=False)
class _Episode:
    """An episode that was asked for. ``visitors`` hold its environment or wait for it, one after the other.

    ``releases`` counts, so that who waits can tell that there was one meanwhile.
    """

    turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    visitors: int = 0
    releases: int = 0
    is_open: bool = False


class EnvironmentPool:
    """The environments of this process: each a cache over its episode's snapshots, which may go at any time.

    No more than a bounded number have a process. Beyond it those that were used longest ago are put to sleep, and
    while all are lent acquirers wait, the first to come being the first to be served.

    A pool serves one event loop at a time, and may serve another when the one before does not run any more.
    """

    def __init__(
        self,
        episodes: Path | str,
        *,
        runtime: Runtime | None = None,
        limits: PoolLimits | None = None,
        strict_seed: bool = False,
    ) -> None:
        """Make a pool whose episodes have their folders in ``episodes``; nothing is started before it is needed.

        Runtime and limits are those of the settings unless given; a runtime that was given is left to its giver to
        close.
        """
        self.episodes = Path(episodes)
        self._settings = current_settings()
        self._runtime = runtime
        self._is_runtime_mine = runtime is None
        self._limits = limits
        self._strict_seed = strict_seed
        self._plan: Plan | None = None
        self._planning = threading.Lock()
        self._tally = Tally()
        self._episodes: dict[str, _Episode] = {}
        self._fleet: Fleet | None = None
        self._is_closed = False

    def folder_of(self, episode_id: str) -> Path:
        """Name an episode's folder: its snapshots, its server log and what a run puts beside them.

        Raises:
            UsageError: the id is no plain folder name.
        """
        is_plain = episode_id.replace("-", "").replace("_", "").isalnum() and len(episode_id) <= _MAX_EPISODE_ID_CHARS
        if not is_plain:
            raise UsageError(
                f"expected an episode id of letters, digits, '-' and '_', found {episode_id!r}: choose another"
            )
        return self.episodes / episode_id

    @property
    def is_free(self) -> bool:
        """Tell whether whoever asks may use the pool: it is used in his event loop, or in none that runs."""
        if self._fleet is None or not self._fleet.loop.is_running():
            return True
        try:
            return self._fleet.loop is asyncio.get_running_loop()
        except RuntimeError:
            return False

    @property
    def is_lending(self) -> bool:
        """Tell whether somebody holds an environment."""
        return self._fleet is not None and self._fleet.census().lent > 0

    async def prepare(self) -> None:
        """Do beforehand what the first to acquire would wait for, except starting something.

        Raises:
            UsageError: the pool is closed, another event loop is using it, or the settings ask for a runtime that
                cannot run here.
        """
        await self._fleet_here()

    @asynccontextmanager
    async def acquire(self, episode_id: str, scenario: Scenario, snapshot: str | None) -> AsyncIterator[Environment]:
        """Lend the episode's environment, with its database at ``snapshot`` (None: freshly seeded).

        Waits while all places are lent, for as long as it takes; so nobody should hold one while waiting for another.

        Raises:
            EnvironmentBuildError: the scenario's database or server cannot be made.
            EnvironmentLostError: the episode was released, or the pool closed, while this was waiting.
            SnapshotError: the snapshot is missing or damaged.
            UsageError: the id is no plain folder name, the pool is closed, another event loop is using it, or the
                settings ask for a runtime that cannot run here.
        """
        began = time.perf_counter()
        self.folder_of(episode_id)
        fleet = await self._fleet_here()
        episode = self._episodes.setdefault(episode_id, _Episode())
        episode.visitors += 1
        releases = episode.releases
        try:
            async with episode.turn:
                live = fleet.find(episode_id)
                is_there = live is not None and live.is_usable and live.environment.snapshot == snapshot
                if live is not None and is_there and episode.releases == releases:
                    fleet.lend(live)
                else:
                    if live is not None:
                        self._tally.losses += live.is_lost
                        await asyncio.shield(fleet.end(live))
                    live = await fleet.start(episode_id, scenario, snapshot, lambda: episode.releases == releases)
                    self._tally.started(time.perf_counter() - began, is_fresh=snapshot is None)
                episode.is_open = True
                try:
                    yield live.environment
                finally:
                    fleet.take_back(live)
        finally:
            episode.visitors -= 1
            self._forget_released(episode_id, episode)

    async def export(self, episode_id: str, snapshot: str, name: str) -> Path:
        """Write a snapshot out as a database file of that name in the episode's folder.

        Raises:
            SnapshotError: the snapshot is missing or damaged, or the folder cannot be written.
        """
        folder = self.folder_of(episode_id)
        return await asyncio.to_thread(_export, SnapshotStore(folder / "snapshots"), snapshot, folder / name)

    async def release(self, episode_id: str) -> None:
        """End the episode's environment, lent or not; its snapshots stay. Does nothing when there is none."""
        if self._fleet is None or self._is_closed:
            return
        fleet = await self._fleet_here()
        episode = self._episodes.get(episode_id)
        if episode is not None:
            episode.is_open = False
            episode.releases += 1
            self._forget_released(episode_id, episode)
        live = fleet.find(episode_id)
        if live is not None:
            await asyncio.shield(fleet.end(live))

    async def close(self) -> None:
        """End every environment; the pool cannot be used any more."""
        self._is_closed = True
        await asyncio.shield(self._close())

    def bury(self) -> None:
        """Do what ``close`` does where no event loop runs any more; blocks while files are removed."""
        self._is_closed = True
        if self._fleet is not None:
            self._fleet.bury()

    async def statistics(self) -> PoolStatistics:
        """Count what the pool holds and has done."""
        census = Census() if self._fleet is None else self._fleet.census()
        opened = {episode_id for episode_id, episode in self._episodes.items() if episode.is_open}
        private = await asyncio.to_thread(lambda: sum(map(private_bytes, census.pids)))
        return self._tally.with_census(census, sleeping=len(opened - census.awake), private_bytes=private)

    async def _fleet_here(self) -> Fleet:
        """Answer the fleet of the running event loop."""
        plan = self._plan
        if plan is None:
            plan = await asyncio.to_thread(self._make_plan)
        if self._is_closed:
            raise UsageError("expected an open environment pool, found it closed: make another")
        if not self.is_free:
            raise UsageError(
                "expected the environment pool in one event loop at a time, found two running: make a pool for each"
            )
        if self._fleet is None or self._fleet.loop is not asyncio.get_running_loop():
            self._fleet = Fleet(plan, self._tally, self._fleet)
            # a turn that was held in a loop that is gone is held for ever
            self._episodes = {name: _Episode(is_open=True) for name, one in self._episodes.items() if one.is_open}
        return self._fleet

    def _make_plan(self) -> Plan:
        """Do what takes its time or touches files, and so has no place on the event loop."""
        # what sessions are made of takes a second to import
        import awm_langgraph.environment.mcp_tools  # noqa: F401 - only to have it loaded

        with self._planning:
            if self._plan is None:
                # absolute: a scenario's server has a working directory of its own
                self.episodes = self.episodes.absolute()
                self._runtime = self._runtime or runtime_for(self._settings)
                limits = self._limits or PoolLimits.of(self._settings)
                self._plan = Plan(self.episodes, self._runtime, limits, self._strict_seed)
            return self._plan

    def _forget_released(self, episode_id: str, episode: _Episode) -> None:
        if not episode.visitors and not episode.is_open and self._episodes.get(episode_id) is episode:
            del self._episodes[episode_id]

    async def _close(self) -> None:
        fleet = self._fleet
        if fleet is not None and fleet.loop is asyncio.get_running_loop():
            await fleet.close(EnvironmentLostError("the environment pool was closed"))
        elif fleet is not None:
            await asyncio.to_thread(fleet.bury)
        if self._is_runtime_mine and self._runtime is not None:
            await self._runtime.close()


def _export(snapshots: SnapshotStore, snapshot: str, path: Path) -> Path:
    image = snapshots.get(snapshot)
    try:
        path.write_bytes(image)
    except OSError as error:
        raise SnapshotError(f"the snapshot cannot be written to {path}: {error}") from error
    return path
