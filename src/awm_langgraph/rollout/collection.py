"""Which snapshots an episode can still go back to, and what becomes of the others."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from awm_langgraph.environment.snapshots import MIN_AGE_SECONDS, Collected, SnapshotStore
from awm_langgraph.rollout.folders import EpisodeFolder

if TYPE_CHECKING:
    from langchain_core.runnables import RunnableConfig
    from langgraph.checkpoint.base import BaseCheckpointSaver

_CHANNELS = ("snapshot", "initial_snapshot")


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
