"""Which snapshots an episode can still go back to, and what becomes of the others.

``collect_finished`` does it at an episode's end, ``collect_run`` for a whole run, for what was left by programs that
were killed.
"""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from typing import TYPE_CHECKING, Any

from awm_langgraph.environment.snapshot_files import SUFFIX, files_in
from awm_langgraph.environment.snapshots import MIN_AGE_SECONDS, Collected, SnapshotStore
from awm_langgraph.errors import SnapshotError, UsageError
from awm_langgraph.rollout.checkpoints import opened_checkpoints
from awm_langgraph.rollout.folders import EpisodeFolder, RunFolder

if TYPE_CHECKING:
    from langchain_core.runnables import RunnableConfig
    from langgraph.checkpoint.base import BaseCheckpointSaver

    from awm_langgraph.rollout.run import Run

_CHANNELS = ("snapshot", "initial_snapshot")

_log = logging.getLogger(__name__)


async def named_snapshots(checkpointer: BaseCheckpointSaver[Any], thread_id: str) -> frozenset[str]:
    """List the snapshots that a thread's checkpoints name, those of its subgraphs and of unfinished steps included."""
    config: RunnableConfig = {"configurable": {"thread_id": thread_id}}
    named: set[Any] = set()
    async for one in checkpointer.alist(config):
        named.update(one.checkpoint["channel_values"].get(channel) for channel in _CHANNELS)
        # what a node has answered is here, and in no checkpoint yet, when the program ends before the step does
        named.update(value for _, channel, value in one.pending_writes or () if channel in _CHANNELS)
    return frozenset(name for name in named if isinstance(name, str) and name)


async def collect_snapshots(
    checkpointer: BaseCheckpointSaver[Any], episode: EpisodeFolder, *, min_age_seconds: float = MIN_AGE_SECONDS
) -> Collected:
    """Remove an episode's snapshots that none of its checkpoints names; its thread has the folder's name.

    Resuming and time travel lose nothing by it. Where no checkpoint names any, nothing is removed: they are likely to
    be in another checkpointer. What is younger than ``min_age_seconds`` stays.

    Raises:
        SnapshotError: the folder cannot be read or written.
    """
    named = await named_snapshots(checkpointer, episode.path.name)
    if not named:
        return Collected()
    return await asyncio.to_thread(SnapshotStore(episode.snapshots).collect, named, min_age_seconds=min_age_seconds)


async def collect_finished(run: Run, episode_id: str) -> Collected:
    """Remove what a finished episode has no more use for; that this fails is no reason for the episode to fail.

    Nobody writes any more and the last checkpoint is written, so that no snapshot is too young.
    """
    from langgraph.checkpoint.base import BaseCheckpointSaver

    checkpointer = run.graph.checkpointer
    assert isinstance(checkpointer, BaseCheckpointSaver)
    try:
        return await collect_snapshots(checkpointer, run.folder.episode(episode_id), min_age_seconds=0)
    except SnapshotError as error:
        _log.warning("episode %s: %s", episode_id, error)
        return Collected()


async def collect_run(folder: RunFolder, *, min_age_seconds: float = MIN_AGE_SECONDS) -> Collected:
    """Do the same for all episodes of a run, which may be going on, and for what they have in common.

    Raises:
        SnapshotError: a folder cannot be read or written.
        UsageError: the run's checkpoints cannot be read.
    """
    if not await asyncio.to_thread(folder.checkpoints.is_file):
        return Collected()
    removed = Collected()
    try:
        async with opened_checkpoints(folder.checkpoints) as checkpointer:
            for episode in await asyncio.to_thread(_episodes_of, folder):
                removed += await collect_snapshots(checkpointer, episode, min_age_seconds=min_age_seconds)
    except sqlite3.Error as error:
        raise UsageError(f"cannot read the checkpoints in {folder.checkpoints} ({error}): nothing is removed") from None
    return removed + await asyncio.to_thread(_collect_shared, folder, min_age_seconds)


def _episodes_of(folder: RunFolder) -> list[EpisodeFolder]:
    try:
        paths = sorted(folder.episodes.iterdir())
    except OSError:
        return []
    return [EpisodeFolder(path) for path in paths if path.is_dir() and not path.name.startswith(".")]


def _collect_shared(folder: RunFolder, min_age_seconds: float) -> Collected:
    """Remove the files that no episode has a second name for; where files have one name each, episodes have copies."""
    shared = folder.episodes / ".shared"
    in_use = [path.name.removesuffix(SUFFIX) for path, status in files_in(shared) if status.st_nlink > 1]
    return SnapshotStore(shared).collect(in_use, min_age_seconds=min_age_seconds)
