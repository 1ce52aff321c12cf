"""Where an earlier episode can be left for another one, and how that one is laid down.

A fork is an episode of its own: it has its own folder, into which the two databases that it needs are linked, and its
own thread, which begins with a copy of the checkpoint that it goes on from.
"""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

from langgraph.types import StateSnapshot

from awm_langgraph.agent import EpisodeContext, EpisodeGraph
from awm_langgraph.agent.routing import open_questions
from awm_langgraph.environment.snapshot_files import SUFFIX
from awm_langgraph.episode import Provenance
from awm_langgraph.errors import SnapshotError, UsageError
from awm_langgraph.rollout.folders import EpisodeFolder

if TYPE_CHECKING:
    from langchain_core.runnables import RunnableConfig

_RECORDS = ("messages", "calls", "consultations", "decisions")


@dataclass(frozen=True)
class Branch:
    """A moment that a fork can go on from: the state then, the node that made it, and the seconds since the start."""

    values: Mapping[str, Any]
    maker: str
    elapsed_seconds: float


@dataclass(frozen=True)
class ConsultationBranch:
    """The moment before a consultation, and what the consultation added to the state."""

    before: Branch
    added: Mapping[str, Any]


def thread_of(episode_id: str) -> RunnableConfig:
    """Name an episode's thread."""
    return {"configurable": {"thread_id": episode_id}}


async def lineage_of(graph: EpisodeGraph, episode_id: str) -> list[StateSnapshot]:
    """List the checkpoints that led to an episode's latest one, oldest first; branches off this line are left out."""
    by_id = {_id_of(one.config): one async for one in graph.aget_state_history(thread_of(episode_id))}
    line: list[StateSnapshot] = []
    latest: StateSnapshot | None = next(iter(by_id.values()), None)
    while latest is not None:
        line.append(latest)
        latest = by_id.get(_id_of(latest.parent_config))
    return line[::-1]


def after_step(line: Sequence[StateSnapshot], step: int) -> Branch:
    """Find the moment when a step was made: its calls answered, a question of its own too. Step 0 is the beginning.

    Raises:
        UsageError: the episode has no such step, or its checkpoints do not reach back to it.
    """
    last = 0
    for before, now in pairwise(line):
        maker, values = before.next[0] if before.next else "", now.values
        last = max(last, values.get("steps", 0))
        is_there = maker not in ("", "__start__", "agent") and values["steps"] == step
        if is_there and (step == 0 or not open_questions(values["messages"])):
            return Branch(values, maker, _elapsed_seconds(now))
    first = line[0].values.get("steps", -1) + 1 if line else 0
    raise UsageError(f"--at: expected a step of the episode, {first} to {last}, found {step}: choose one of them")


def before_consultation(line: Sequence[StateSnapshot], number: int) -> ConsultationBranch | None:
    """Find the moment before a consultation, counted from 1; None where the checkpoints do not show it."""
    for before, now in pairwise(line):
        if before.next and len(now.values.get("consultations", ())) == number:
            if len(before.values.get("consultations", ())) == number:
                return None
            branch = Branch(before.values, before.next[0], _elapsed_seconds(before))
            return ConsultationBranch(branch, _added(before.values, now.values))
    return None


async def lay_down(
    graph: EpisodeGraph,
    branch: Branch,
    episode_id: str,
    context: EpisodeContext,
    provenance: Provenance,
    *,
    added: Mapping[str, Any],
) -> Mapping[str, Any]:
    """Begin a new thread at a branch and answer its state; where it goes next is decided by the new context.

    ``added`` is what the branch's maker leaves in the state beside what is there.
    """
    values = {
        **branch.values,
        "episode_id": episode_id,
        "provenance": provenance.model_dump(mode="json"),
        "context": context.model_dump(mode="json"),
        "started_at": time.time() - branch.elapsed_seconds,
    }
    thread = thread_of(episode_id)
    # One after the other, so that the state's own rules put the records together.
    for update in (values, added) if added else (values,):
        await graph.aupdate_state(thread, dict(update), as_node=branch.maker)
    state: Mapping[str, Any] = (await graph.aget_state(thread_of(episode_id))).values
    return state


def import_snapshots(source: EpisodeFolder, target: EpisodeFolder, snapshots: Collection[str]) -> None:
    """Give an episode databases of another one: as further names of the same files, where the disk has such.

    Raises:
        SnapshotError: one is missing, or cannot be written.
    """
    try:
        target.snapshots.mkdir(parents=True, exist_ok=True)
        for snapshot in filter(None, snapshots):
            name = f"{snapshot}{SUFFIX}"
            _link(source.snapshots / name, target.snapshots / name)
    except OSError as error:
        raise SnapshotError(f"the fork's databases cannot be had from {source.path}: {error}") from error


def _link(source: Path, target: Path) -> None:
    try:
        os.link(source, target)
    except FileExistsError:
        return
    except OSError:
        # not every file system has links
        shutil.copy2(source, target)


def _added(before: Mapping[str, Any], after: Mapping[str, Any]) -> Mapping[str, Any]:
    """Tell what a consultation put into the state, in the form in which the expert's node answers it."""
    added: dict[str, Any] = {name: after[name][len(before.get(name, ())) :] for name in _RECORDS if name in after}
    (record,) = added["consultations"]
    added["usage"] = {"expert": record["usage"]}
    added["active_seconds"] = after["active_seconds"] - before["active_seconds"]
    return added


def _elapsed_seconds(checkpoint: StateSnapshot) -> float:
    if not checkpoint.created_at or not checkpoint.values.get("started_at"):
        return 0.0
    made_at = datetime.fromisoformat(checkpoint.created_at).timestamp()
    return max(0.0, made_at - float(checkpoint.values["started_at"]))


def _id_of(config: RunnableConfig | None) -> str:
    return config["configurable"]["checkpoint_id"] if config else ""
