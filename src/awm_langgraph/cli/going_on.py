"""Go on with earlier episodes for whoever watches. Slow to import: this is where a command brings LangGraph in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from awm_langgraph.agent import episode_context
from awm_langgraph.cli.live import Audience, Played
from awm_langgraph.rollout.folders import RunFolder
from awm_langgraph.rollout.run import reopen_run


async def resume(folder: RunFolder, episode_id: str, audience: Audience, *, answer: Any = None) -> Played:
    """Go on with an unfinished episode; see ``Run.resume``."""
    async with reopen_run(folder) as run:
        row = await run.store.episode(episode_id)
        audience.opened(row.task, row.provenance, folder)
        trajectory = await run.resume(episode_id, answer=answer, on_event=audience.saw)
        return Played(trajectory, run.run_id, folder.episode(episode_id).path)


async def fork(
    folder: RunFolder, episode_id: str, audience: Audience, *, step: int, wishes: Mapping[str, Any], note: str
) -> Played:
    """Go on from one of an episode's steps as a new episode; ``wishes`` are the context's fields that change.

    Raises:
        UsageError: a wish is out of range; see also ``Run.begin_fork``.
    """
    async with reopen_run(folder) as run:
        row = await run.store.episode(episode_id)
        context = episode_context(**{**row.context, **wishes})
        if "past" in wishes:  # what the old episode read may go unread in the new one
            context.require_past_is_read()
        begun = await run.begin_fork(episode_id, step, context=context, note=note)
        audience.opened(begun.task, begun.provenance, folder)
        trajectory = await run.resume(begun.episode_id, on_event=audience.saw)
        return Played(trajectory, run.run_id, folder.episode(begun.episode_id).path)
