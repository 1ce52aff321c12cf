"""What LangSmith's ``aevaluate`` runs: an episode for each example."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Protocol
from uuid import uuid4

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


def target(run: Run, *, catalog: str = "bundled") -> Target:
    """Make a target of an open run, in which its episodes are kept like any others."""

    async def episode(inputs: dict[str, Any], metadata: Mapping[str, Any] | None = None) -> dict[str, Any]:
        request = EpisodeInput(
            scenario=inputs["scenario"], task_idx=inputs["task_idx"], catalog=catalog, episode_id=uuid4().hex
        )
        trajectory = await run.episode(request, split=",".join(splits_in(metadata)))
        return trajectory.model_dump(mode="json")

    return episode


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
        yield target(run, catalog=catalog)


def _send_nothing_without_a_key() -> None:
    """Make LangSmith's client of this process one that is silent, if it has none yet and no key for one."""
    from langsmith import Client
    from langsmith.run_trees import get_cached_client

    silent: dict[str, Any] = {"tracing_sampling_rate": 0.0, "auto_batch_tracing": False}
    if not Client(**silent).api_key:
        get_cached_client(**silent)
