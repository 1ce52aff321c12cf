"""Evaluate a condition: as an experiment in LangSmith, or here, with the same evaluators."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

from langsmith import tracing_context

from awm_langgraph.agent import EpisodeContext
from awm_langgraph.errors import UsageError
from awm_langgraph.evaluation.datasets import require_name
from awm_langgraph.evaluation.evaluators import EVALUATORS, results_of
from awm_langgraph.evaluation.examples import TaskExample
from awm_langgraph.evaluation.scores import Evaluation, summed_up
from awm_langgraph.evaluation.selection import none_in_splits
from awm_langgraph.evaluation.target import target
from awm_langgraph.rollout.pacing import for_each
from awm_langgraph.rollout.run import Run, open_run
from awm_langgraph.rollout.tracing.labels import experiment_metadata

if TYPE_CHECKING:
    from langsmith import Client
    from langsmith.schemas import Example

    from awm_langgraph.environment.runtime import Runtime

Progress = Callable[[int, int], None]
"""Hears how many episodes are finished, and of how many."""


@dataclass(frozen=True)
class Scale:
    """Where the episodes come from and are kept, how many there are per task, and how many at the same time.

    ``runtime`` is one that several experiments share; each has one of its own without it.
    """

    runs: Path
    catalog: str = "bundled"
    repetitions: int = 1
    concurrency: int = 4
    runtime: Runtime | None = None


@dataclass(frozen=True)
class Part:
    """Which examples of a data set in LangSmith: those of any of the splits, or all; at most ``limit``."""

    dataset: str
    splits: tuple[str, ...] = ()
    limit: int | None = None


async def evaluate_here(
    examples: Sequence[TaskExample], context: EpisodeContext, scale: Scale, *, on_progress: Progress
) -> Evaluation:
    """Run every example so many times and evaluate each episode; nothing is sent anywhere.

    Raises:
        UsageError: a task, a model or the folder of the runs cannot be had.
    """
    work = [one for _ in range(scale.repetitions) for one in examples]
    results, finished = list[dict[str, Any]](), 0

    async def evaluate(example: TaskExample) -> None:
        nonlocal finished
        outputs = await episode(example.inputs)
        results.extend(one for each in EVALUATORS for one in results_of(each, outputs, example.outputs))
        finished += 1
        on_progress(finished, len(work))

    with tracing_context(enabled=False):
        async with open_run(scale.runs, context, catalog=scale.catalog, runtime=scale.runtime) as run:
            episode = target(run)
            await for_each(work, evaluate, scale.concurrency)
    return _evaluation(run, len(work), results)


async def evaluate_in_langsmith(
    client: Client, part: Part, context: EpisodeContext, scale: Scale, *, name: str = "", on_progress: Progress
) -> Evaluation:
    """Run an experiment over a data set and give its link; its episodes are kept in a run here too.

    The experiment's name begins with ``name``, or with the data set's, and with the condition's.

    Raises:
        LangSmithError: the service refused or failed, or there is no such data set.
        UsageError: the data set has no name or no such examples, a model or the folder of the runs cannot be had, or
            not one episode could be run.
    """
    from langsmith import aevaluate

    results: list[dict[str, Any]] = []
    failures: list[str] = []
    examples = await asyncio.to_thread(_examples, client, part)
    count, total = 0, len(examples) * scale.repetitions
    # the SDK traces the episodes itself: a trace of our own beside it would tell everything twice
    with tracing_context(enabled=False):
        async with open_run(scale.runs, context, catalog=scale.catalog, runtime=scale.runtime) as run:
            with _quiet():
                experiment = await aevaluate(
                    target(run),
                    data=examples,
                    evaluators=list(EVALUATORS),
                    client=client,
                    experiment_prefix=f"{name or part.dataset} {run.provenance.condition}",
                    metadata=experiment_metadata(run.provenance) | {"run_id": run.run_id},
                    num_repetitions=scale.repetitions,
                    max_concurrency=scale.concurrency,
                    blocking=False,
                )
                async for row in experiment:
                    results.extend(dict(one) for one in row["evaluation_results"]["results"])
                    failures.extend([row["run"].error] if row["run"].error else [])
                    count += 1
                    on_progress(count, total)
    if count and len(failures) == count:
        raise UsageError(f"no episode of the experiment could be run; the first failed with {failures[0][:300]}")
    evaluation = _evaluation(run, count, results)
    url = await experiment.get_comparison_url()
    return evaluation.model_copy(update={"experiment": experiment.experiment_name, "url": url or ""})


def _examples(client: Client, part: Part) -> list[Example]:
    require_name(part.dataset)
    dataset = client.read_dataset(dataset_name=part.dataset)
    splits = [*part.splits] or None
    found = list(client.list_examples(dataset_id=dataset.id, splits=splits, limit=part.limit))
    if found:
        return found
    if splits:
        there = client.list_dataset_splits(dataset_id=dataset.id)
        raise none_in_splits(splits, there, f"the data set {part.dataset}")
    raise UsageError(f"expected examples in the data set {part.dataset}, found none: push them, with `datasets push`")


@contextmanager
def _quiet() -> Iterator[None]:
    """Swallow what the SDK prints on its own account: links and bars, which are for the caller to show."""
    with redirect_stdout(StringIO()), redirect_stderr(StringIO()):
        yield


def _evaluation(run: Run, episodes: int, results: Sequence[dict[str, Any]]) -> Evaluation:
    return Evaluation(
        condition=run.provenance.condition,
        run_id=run.run_id,
        episodes=episodes,
        is_scripted=run.provenance.is_scripted,
        scores=summed_up(results),
    )
