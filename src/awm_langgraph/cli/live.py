"""Run one episode for whoever watches it. Slow to import: this is where a command brings LangGraph in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol
from uuid import uuid4

from awm_langgraph.agent import EpisodeContext, EpisodeInput, EpisodeState
from awm_langgraph.agent.surroundings import model_of
from awm_langgraph.episode import Provenance, Task, Trajectory
from awm_langgraph.rollout.folders import RunFolder
from awm_langgraph.rollout.run import open_run


class Audience(Protocol):
    """Whoever is told of an episode as it happens."""

    def opened(self, task: Task, provenance: Provenance, run: RunFolder) -> None:
        """Hear what begins, and where it is being written down."""
        ...

    def saw(self, event: Mapping[str, Any]) -> None:
        """Hear what just happened; see ``awm_langgraph.agent.events``."""
        ...


@dataclass(frozen=True)
class Played:
    """A finished episode, its run and its folder."""

    trajectory: Trajectory
    run_id: str
    folder: Path


async def play(
    task: Task, context: EpisodeContext, runs: Path, audience: Audience, *, strict_seed: bool = False
) -> Played:
    """Run an episode as a run of its own in the folder ``runs``.

    Raises:
        UsageError: a model cannot be had, or the folder cannot be written.
    """
    await _check_models(task, context)
    episode_id = uuid4().hex
    request = EpisodeInput(scenario=task.scenario, catalog=task.catalog, episode_id=episode_id)
    if task.task_idx is None:
        request["instruction"] = task.instruction
    else:
        request["task_idx"] = task.task_idx
    async with open_run(runs, context, catalog=task.catalog, strict_seed=strict_seed) as run:
        audience.opened(task, run.provenance, run.folder)
        trajectory = await run.episode(request, audience.saw)
        return Played(trajectory, run.run_id, run.folder.episode(episode_id).path)


async def _check_models(task: Task, context: EpisodeContext) -> None:
    """Build the models before the run is made: a wrong name or a missing key should leave no empty run behind."""
    state = EpisodeState(task=task.model_dump(mode="json"))
    await model_of("agent", state, context)
    if context.offers_expert:
        await model_of("expert", state, context)
