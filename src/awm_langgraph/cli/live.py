"""Run one episode for whoever watches it. Slow to import: this is where a command brings LangGraph in."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol
from uuid import uuid4

from awm_langgraph.agent import EpisodeContext, EpisodeInput
from awm_langgraph.agent.surroundings.catalog import read_scenario
from awm_langgraph.environment.seed import build_database
from awm_langgraph.episode import Provenance, Task, Trajectory
from awm_langgraph.errors import EnvironmentBuildError, UsageError
from awm_langgraph.rollout.folders import RunFolder
from awm_langgraph.rollout.run import check_playable, open_run


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
        UsageError: a model cannot be had, the folder cannot be written, or a seed row cannot be inserted under
            ``strict_seed``.
    """
    # before the run is made: a wrong name or a missing key should leave no empty run behind
    await check_playable(task, context)
    if strict_seed:
        await asyncio.to_thread(_check_seed, task)
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


def _check_seed(task: Task) -> None:
    """Insert the seed rows where nothing hangs on it: what the user asked to have refused is no episode that failed."""
    scenario = read_scenario(task.catalog, task.scenario)
    with suppress(EnvironmentBuildError):  # a database that cannot be made at all: the episode will tell
        if problems := build_database(scenario).problems:
            first = f"{problems[0].table}: {problems[0].reason}"
            raise UsageError(
                f"--strict-seed: expected every seed row of {task.scenario} to fit, found {len(problems)} that "
                f"cannot be inserted (the first, in {first}): mend them or leave --strict-seed out"
            )
