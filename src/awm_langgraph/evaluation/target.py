"""What LangSmith's ``aevaluate`` runs: an episode for each example."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any
from uuid import uuid4

from awm_langgraph.agent import EpisodeInput
from awm_langgraph.rollout.run import Run

Target = Callable[[dict[str, Any]], Awaitable[dict[str, Any]]]


def target(run: Run, *, catalog: str = "bundled") -> Target:
    """Make a target of an open run: it takes an example's inputs and gives the episode's trajectory in JSON form.

    The episodes are kept in the run like any others.
    """

    async def episode(inputs: dict[str, Any]) -> dict[str, Any]:
        request = EpisodeInput(
            scenario=inputs["scenario"], task_idx=inputs["task_idx"], catalog=catalog, episode_id=uuid4().hex
        )
        trajectory = await run.episode(request)
        return trajectory.model_dump(mode="json")

    return episode
