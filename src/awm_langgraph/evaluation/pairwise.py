"""Experiments against one another: LangSmith's pairwise experiments."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import redirect_stderr, redirect_stdout
from io import StringIO
from statistics import fmean
from typing import TYPE_CHECKING, Any

from awm_langgraph.episode import Trajectory
from awm_langgraph.errors import UsageError
from awm_langgraph.evaluation.scores import Comparison, Score

if TYPE_CHECKING:
    from langsmith import Client
    from langsmith.schemas import Example, Run

    Comparator = Callable[[Sequence[Run], Example | None], dict[str, Any]]


def better_reward(runs: Sequence[Run], example: Example | None) -> dict[str, Any]:
    """Prefer the episodes with more of the environment's reward."""
    return {"key": "better_reward", "scores": _wins(runs, lambda episode: _reward(episode, "environment"))}


def better_shaped_reward(runs: Sequence[Run], example: Example | None) -> dict[str, Any]:
    """Prefer the episodes with more reward after what the use of help added and took."""
    return {"key": "better_shaped_reward", "scores": _wins(runs, lambda episode: _reward(episode, "shaped"))}


COMPARATORS: tuple[Comparator, ...] = (better_reward, better_shaped_reward)


def compare(client: Client, experiment: str, rival: str) -> Comparison:
    """Push a pairwise experiment of two experiments over one data set, by their names.

    Raises:
        LangSmithError: the service refused or failed, or there is no such experiment.
        UsageError: they are not about the same data set.
    """
    from langsmith.evaluation import evaluate_comparative

    ours, theirs = (client.read_project(project_name=name) for name in (experiment, rival))
    if ours.reference_dataset_id != theirs.reference_dataset_id:
        raise UsageError(f"expected experiments over one data set, found {experiment} and {rival}: compare others")
    # what the client was given but has not sent yet would be missing
    client.flush()
    # the SDK prints links and bars on its own account
    with redirect_stdout(StringIO()), redirect_stderr(StringIO()):
        found = evaluate_comparative((ours, theirs), evaluators=list(COMPARATORS), client=client)
    rows = [row["evaluation_results"] for row in found]
    return Comparison(
        experiment=experiment,
        rival=rival,
        url=found.url or "",
        scores=tuple(score for each in COMPARATORS if (score := _score(each.__name__, rows, ours.id))),
    )


def _score(key: str, rows: Sequence[dict[str, Any]], experiment: object) -> Score | None:
    told = [
        row[f"feedback.{key}"].scores[run.id]
        for row in rows
        for run in row["runs"]
        if run.session_id == experiment and run.id in row[f"feedback.{key}"].scores
    ]
    return Score(key=key, count=len(told), mean=fmean(told)) if told else None


def _wins(runs: Sequence[Run], worth: Callable[[Trajectory], float | None]) -> dict[Any, float]:
    """Give each run the share of the other experiments' runs that it beats, a draw as half a win."""
    known = {
        run.id: (run.session_id, found)
        for run in runs
        if run.outputs and (found := worth(Trajectory.model_validate(run.outputs))) is not None
    }
    scores: dict[Any, float] = {}
    for key, (experiment, own) in known.items():
        rivals = [other for place, other in known.values() if place != experiment]
        if rivals:
            scores[key] = fmean(0.5 if own == other else float(own > other) for other in rivals)
    return scores


def _reward(episode: Trajectory, part: str) -> float | None:
    given: float | None = getattr(episode.reward, part, None)
    return given
