"""What LangSmith's ``aevaluate`` runs: an episode for each example."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from functools import wraps
from operator import itemgetter
from pathlib import Path
from typing import Any, Protocol
from uuid import uuid4

from langsmith import traceable
from langsmith.run_helpers import LangSmithExtra

from awm_langgraph.agent import EpisodeInput, episode_context
from awm_langgraph.evaluation.examples import splits_in
from awm_langgraph.rollout.run import Run, open_run


class Target(Protocol):
    """Runs an example's episode and gives its trajectory in JSON form.

    LangSmith goes by the names of the parameters: an example's ``metadata`` tell its splits.
    """

    async def __call__(self, inputs: dict[str, Any], metadata: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """Run the episode."""
        ...


def target(run: Run) -> Target:
    """Make a target of an open run, in which its episodes are kept like any others.

    In an experiment an example's root run has the name, tags and metadata of an episode's trace.
    """

    async def play(
        inputs: dict[str, Any], metadata: Mapping[str, Any] | None = None, *, episode_id: str
    ) -> dict[str, Any]:
        trajectory = await run.episode(_request(inputs, episode_id), split=_split(metadata))
        return trajectory.model_dump(mode="json")

    traced = traceable(process_inputs=itemgetter("inputs"))(play)

    @wraps(traced)  # LangSmith lets a traceable name its own run, and calls that of any other target `AsyncTarget`
    async def episode(
        inputs: dict[str, Any],
        metadata: Mapping[str, Any] | None = None,
        *,
        langsmith_extra: LangSmithExtra | None = None,
    ) -> dict[str, Any]:
        episode_id = uuid4().hex
        if langsmith_extra is None:  # in no experiment: the trace, if there is one, is the episode's own
            return await play(inputs, metadata, episode_id=episode_id)
        root = run.labels(_request(inputs, episode_id), split=_split(metadata))
        named: LangSmithExtra = {
            **langsmith_extra,
            "name": root["run_name"],
            "tags": [*(langsmith_extra.get("tags") or ()), *root["tags"]],
            "metadata": {**(langsmith_extra.get("metadata") or {}), **root["metadata"]},
        }
        return await traced(inputs, metadata, episode_id=episode_id, langsmith_extra=named)

    return episode


def _request(inputs: Mapping[str, Any], episode_id: str) -> EpisodeInput:
    return EpisodeInput(scenario=inputs.get("scenario", ""), task_idx=inputs.get("task_idx"), episode_id=episode_id)


def _split(metadata: Mapping[str, Any] | None) -> str:
    return ",".join(splits_in(metadata))


@asynccontextmanager
async def open_target(runs: Path | str = "runs", *, catalog: str = "bundled", **context: Any) -> AsyncIterator[Target]:
    """Open a run under a folder and give its target; ``context`` are fields of ``EpisodeContext``.

    Without a key LangSmith's own client is silent from then on: ``aevaluate(..., upload_results=False)`` would send the
    episodes' traces all the same. With a key it sends them, whatever ``upload_results`` says.

    Raises:
        UsageError: a field is none of the context's, or a model, the catalog or the folder cannot be had.
    """
    _send_nothing_without_a_key()
    async with open_run(Path(runs), episode_context(**context), catalog=catalog) as run:
        yield target(run)


def _send_nothing_without_a_key() -> None:
    """Make LangSmith's client of this process one that is silent, if it has none yet and no key for one."""
    from langsmith import Client
    from langsmith.run_trees import get_cached_client

    silent: dict[str, Any] = {"tracing_sampling_rate": 0.0, "auto_batch_tracing": False}
    if not Client(**silent).api_key:
        get_cached_client(**silent)
