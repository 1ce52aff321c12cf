"""Read what the run stores hold."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from awm_langgraph.cli.terminal import notify
from awm_langgraph.errors import UsageError
from awm_langgraph.rollout.folders import RunFolder
from awm_langgraph.rollout.records import EpisodeRecord, EpisodeRow, RunRecord
from awm_langgraph.rollout.store import RunStore


@dataclass(frozen=True)
class StoredRun:
    """A run as it lies in its folder."""

    folder: RunFolder
    record: RunRecord
    episodes: Sequence[EpisodeRow]

    @property
    def own(self) -> Sequence[EpisodeRow]:
        """The episodes that are no forks: a fork's past is another's, so that counting both would count it twice."""
        return [episode for episode in self.episodes if episode.forked_from is None]

    def count(self, outcome: str) -> int:
        """Count the episodes, forks apart, that ended in one way."""
        return sum(episode.outcome == outcome for episode in self.own)

    def glance(self) -> dict[str, Any]:
        """Sum the run up in JSON types."""
        provenance = self.record.provenance
        return {
            "run_id": self.record.run_id,
            "created_at": self.record.created_at.isoformat(),
            "condition": provenance.condition,
            "models": provenance.models,
            "scripted": provenance.is_scripted,
            "episodes": len(self.own),
            "complete": self.count("complete"),
            "unfinished": self.count("unfinished"),
            "forks": len(self.episodes) - len(self.own),
            "folder": str(self.folder.path),
        }

    def document(self) -> dict[str, Any]:
        """Give the run with its episodes in JSON types."""
        return self.glance() | {"episodes": [episode.model_dump(mode="json") for episode in self.episodes]}


async def read_run(folder: RunFolder) -> StoredRun:
    """Read a run and its episodes at a glance.

    Raises:
        UsageError: its store is damaged or too new.
    """
    async with await RunStore.open(folder.store) as store:
        return StoredRun(folder, await store.run(), await store.episodes())


async def read_runs(folders: Sequence[RunFolder]) -> list[StoredRun]:
    """Read the runs that can be read, and tell of those that cannot."""
    runs = []
    for folder in folders:
        try:
            runs.append(await read_run(folder))
        except UsageError as error:
            notify([f"{folder.run_id} is left out: {error}"])
    return runs


async def read_episode(folder: RunFolder, beginning: str) -> EpisodeRecord:
    """Read the one episode whose id is or begins like this.

    Raises:
        UsageError: none does, or several do.
    """
    async with await RunStore.open(folder.store) as store:
        alike = [row.episode_id for row in await store.episodes() if row.episode_id.startswith(beginning)]
        if len(alike) > 1 and beginning not in alike:
            raise UsageError(
                f"expected one episode's id, found {beginning!r}, which {len(alike)} begin with: give more"
            )
        return await store.episode(alike[0] if len(alike) == 1 else beginning)
