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
from awm_langgraph.evaluation.evaluators import EVALUATORS, results_of
from awm_langgraph.evaluation.examples import TaskExample
from awm_langgraph.evaluation.scores import Evaluation, summed_up
from awm_langgraph.evaluation.target import target
from awm_langgraph.rollout.run import Run, open_run
from awm_langgraph.rollout.tracing.labels import experiment_metadata

if TYPE_CHECKING:
    from langsmith import Client

Progress = Callable[[int, int], None]
"""Hears how many episodes are finished, and of how many."""


@dataclass(frozen=True)
class Scale:
    """Where the episodes come from and are kept, how many there are per task, and how many at the same time."""

    runs: Path
    catalog: str = "bundled"
    repetitions: int = 1
    concurrency: int = 4


async def evaluate_here(
    examples: Sequence[TaskExample], context: EpisodeContext, scale: Scale, *, on_progress: Progress
) -> Evaluation:
    """Run every example so many times and evaluate each episode; nothing is sent anywhere.

    Raises:
        UsageError: a task, a model or the folder of the runs cannot be had.
    """
    work = [one for _ in range(scale.repetitions) for one in examples]
    places, results, finished = asyncio.Semaphore(scale.concurrency), list[dict[str, Any]](), 0

    async def evaluate(example: TaskExample) -> None:
        nonlocal finished
        async with places:
            outputs = await episode(example.inputs)
        results.extend(one for each in EVALUATORS for one in results_of(each, outputs, example.outputs))
        finished += 1
        on_progress(finished, len(work))

    with tracing_context(enabled=False):
        async with open_run(scale.runs, context, catalog=scale.catalog) as run:
            episode = target(run, catalog=scale.catalog)
            try:
                async with asyncio.TaskGroup() as group:
                    for example in work:
                        group.create_task(evaluate(example))
            except ExceptionGroup as failed:
                raise failed.exceptions[0] from failed
    return _evaluation(run, len(work), results)


async def evaluate_in_langsmith(
    client: Client, dataset: str, context: EpisodeContext, scale: Scale, *, on_progress: Progress
) -> Evaluation:
    """Run an experiment over a data set and give its link; its episodes are kept in a run here too.

    Raises:
        LangSmithError: the service refused or failed, or there is no such data set.
        UsageError: a model or the folder of the runs cannot be had, or not one episode could be run.
    """
    from langsmith import aevaluate

    results: list[dict[str, Any]] = []
    failures: list[str] = []
    count, total = 0, (client.read_dataset(dataset_name=dataset).example_count or 0) * scale.repetitions
    # the SDK traces the episodes itself: a trace of our own beside it would tell everything twice
    with tracing_context(enabled=False):
        async with open_run(scale.runs, context, catalog=scale.catalog) as run:
            with _quiet():
                experiment = await aevaluate(
                    target(run, catalog=scale.catalog),
                    data=dataset,
                    evaluators=list(EVALUATORS),
                    client=client,
                    experiment_prefix=f"{dataset} {run.provenance.condition}",
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
