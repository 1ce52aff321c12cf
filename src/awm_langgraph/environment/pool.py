"""Live environments by episode: one at a snapshot is used, anything else is revived from the snapshot."""

from __future__ import annotations

import asyncio
import contextvars
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

from awm_langgraph.catalog.scenario import Scenario
from awm_langgraph.environment.local import LocalEnvironment
from awm_langgraph.environment.protocol import Environment
from awm_langgraph.environment.runtime import Runtime
from awm_langgraph.environment.snapshots import SnapshotStore
from awm_langgraph.environment.spawn import SpawnRuntime
from awm_langgraph.errors import SnapshotError, UsageError

_MAX_EPISODE_ID_CHARS = 100


class EnvironmentPool:
    """The environments of this process: each a cache over its episode's snapshots, which may go at any time."""

    def __init__(self, episodes: Path, *, runtime: Runtime | None = None, strict_seed: bool = False) -> None:
        self.episodes = episodes
        self._runtime = runtime or SpawnRuntime()
        self._strict_seed = strict_seed
        self._live: dict[str, LocalEnvironment] = {}
        self._turns: dict[str, asyncio.Lock] = {}

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

    @asynccontextmanager
    async def acquire(self, episode_id: str, scenario: Scenario, snapshot: str | None) -> AsyncIterator[Environment]:
        """Lend the episode's environment, with its database at ``snapshot`` (None: freshly seeded).

        Raises:
            EnvironmentBuildError: the scenario's database or server cannot be made.
            SnapshotError: the snapshot is missing or damaged.
        """
        turn = self._turns.setdefault(episode_id, asyncio.Lock())
        async with turn:
            yield await self._at(episode_id, scenario, snapshot)

    async def export(self, episode_id: str, snapshot: str, name: str) -> Path:
        """Write a snapshot out as a database file of that name in the episode's folder.

        Raises:
            SnapshotError: the snapshot is missing or damaged, or the folder cannot be written.
        """
        folder = self.folder_of(episode_id)
        return await asyncio.to_thread(_export, SnapshotStore(folder / "snapshots"), snapshot, folder / name)

    async def release(self, episode_id: str) -> None:
        """End the episode's environment; its snapshots stay. Does nothing when there is none."""
        self._turns.pop(episode_id, None)
        environment = self._live.pop(episode_id, None)
        if environment is not None:
            await environment.close()

    async def close(self) -> None:
        """End every environment."""
        await asyncio.gather(*(self.release(episode_id) for episode_id in tuple(self._live)))

    async def _at(self, episode_id: str, scenario: Scenario, snapshot: str | None) -> LocalEnvironment:
        live = self._live.get(episode_id)
        if live is not None and live.is_alive and live.snapshot == snapshot:
            return live
        if live is not None:
            del self._live[episode_id]
            await live.close()
        folder = self.folder_of(episode_id)
        await asyncio.to_thread(folder.mkdir, parents=True, exist_ok=True)
        environment = LocalEnvironment(scenario, folder, self._runtime)
        await environment.open(snapshot, strict_seed=self._strict_seed)
        self._live[episode_id] = environment
        return environment


def _export(snapshots: SnapshotStore, snapshot: str, path: Path) -> Path:
    image = snapshots.get(snapshot)
    try:
        path.write_bytes(image)
    except OSError as error:
        raise SnapshotError(f"the snapshot cannot be written to {path}: {error}") from error
    return path


_pool: contextvars.ContextVar[EnvironmentPool] = contextvars.ContextVar("pool")


def current_pool() -> EnvironmentPool:
    """Find the pool that this run's nodes share.

    Raises:
        UsageError: no pool is open.
    """
    try:
        return _pool.get()
    except LookupError:
        raise UsageError(
            "expected an open environment pool, found none: run the graph inside `use_pool(...)`"
        ) from None


@contextmanager
def use_pool(pool: EnvironmentPool) -> Iterator[EnvironmentPool]:
    """Make a pool the current one for everything awaited inside."""
    token = _pool.set(pool)
    try:
        yield pool
    finally:
        _pool.reset(token)
