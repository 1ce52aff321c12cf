"""``awm-langgraph evaluate``: conditions over many tasks, as LangSmith experiments or here."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from awm_langgraph.cli import interruption, options, wishes
from awm_langgraph.errors import UsageError

if TYPE_CHECKING:
    from awm_langgraph.agent import EpisodeContext
    from awm_langgraph.evaluation.examples import TaskExample
    from awm_langgraph.evaluation.experiment_file import ExperimentFile
    from awm_langgraph.evaluation.experiments import Progress, Scale
    from awm_langgraph.evaluation.scores import Evaluation
    from awm_langgraph.langsmith_service import Service
    from awm_langgraph.settings import Settings

    Work = Callable[[Scale, EpisodeContext, Progress], Coroutine[Any, Any, Evaluation]]


def evaluate(
    tasks: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[TASKS]...",
            help="With --local: scenarios, SCENARIO/N, all, or JSON files of pairs. Or an experiment in TOML.",
            show_default=False,
        ),
    ] = None,
    dataset: Annotated[
        str | None, typer.Option("--dataset", metavar="NAME", help="A data set in LangSmith: see `datasets push`.")
    ] = None,
    split: Annotated[
        list[str] | None,
        typer.Option("--split", metavar="NAME", help="Only tasks of this split. Repeatable."),
    ] = None,
    limit: Annotated[int | None, typer.Option("--limit", metavar="N", min=1, help="At most so many tasks.")] = None,
    local: Annotated[bool, typer.Option("--local", help="Evaluate here and send nothing.")] = False,
    condition: Annotated[
        list[str] | None,
        typer.Option("--condition", metavar="KIND[/TIER]", help="none, dynamic/criteria, ... Repeatable."),
    ] = None,
    against: Annotated[
        str | None,
        typer.Option(
            "--against",
            metavar="NAME",
            help="Compare pairwise with an experiment in LangSmith, or with one of the conditions.",
        ),
    ] = None,
    name: Annotated[
        str | None,
        typer.Option(
            "--name", metavar="TEXT", help="What the experiments' names begin with (default: the data set's)."
        ),
    ] = None,
    repetitions: Annotated[
        int | None, typer.Option("--repetitions", metavar="N", min=1, help="Episodes per task (default 1).")
    ] = None,
    concurrency: Annotated[
        int | None, typer.Option("--concurrency", metavar="N", min=1, help="Episodes at the same time (default 4).")
    ] = None,
    settings_of_context: wishes.Set = None,
    agent: Annotated[str | None, options.model("agent")] = None,
    expert: Annotated[str | None, options.model("expert")] = None,
    judge: Annotated[str | None, options.model("judge")] = None,
    sandbox: options.Sandbox = None,
    catalog: options.CatalogName = None,
    out: options.Out = None,
    config: options.Config = None,
    as_json: options.AsJson = False,
) -> None:
    """Run every task under each condition, with the same evaluators in LangSmith and without it.

    The episodes are kept in a run per condition either way. LangSmith needs LANGSMITH_API_KEY.
    An experiment in TOML says all of it; what is given beside it goes first.
    """
    from awm_langgraph.cli.drawing.evaluation_table import draw_evaluations
    from awm_langgraph.cli.terminal import results, show, write_json
    from awm_langgraph.settings import use_settings

    plan = _plan(tasks, dataset, local=local)
    given = {"conditions": condition, "splits": split, "limit": limit, "name": name}
    given |= {"repetitions": repetitions, "concurrency": concurrency}
    plan = plan.model_copy(update={field: value for field, value in given.items() if value is not None})
    if local and against is not None:
        raise UsageError("--against: expected experiments of LangSmith, found --local: leave one of them out")
    settings = options.load_settings(
        config,
        catalog=catalog,
        runs_dir=out,
        sandbox=sandbox,
        agent={"model": agent},
        expert={"model": expert},
        judge={"model": judge},
    )
    wanted = [_wishes(one, plan.context, settings_of_context or ()) for one in plan.conditions]
    with use_settings(settings):
        found = _here(settings, plan, wanted) if local else _in_langsmith(settings, plan, wanted, against)
    if as_json:
        write_json([one.model_dump() for one in found])
    else:
        show(results(), draw_evaluations(found))


def _plan(tasks: Sequence[str] | None, dataset: str | None, *, local: bool) -> ExperimentFile:
    """Read an experiment, or make one of what the command says itself."""
    from pathlib import Path

    from awm_langgraph.evaluation.experiment_file import ExperimentFile, read_experiment

    if tasks and any(one.endswith(".toml") for one in tasks):
        if len(tasks) > 1:
            raise UsageError(f"expected one experiment and nothing beside it, found {len(tasks)} words: give one")
        plan = read_experiment(Path(tasks[0]).expanduser())
        if not local and not (dataset or plan.dataset):
            raise UsageError(f"{tasks[0]} names no data set of LangSmith: give --dataset NAME, or --local")
        return plan.model_copy(update={"dataset": dataset or plan.dataset})
    _check_choice(tasks, dataset, local=local)
    return ExperimentFile.model_construct(tasks=tuple(tasks or ()), dataset=dataset or "")


def _check_choice(tasks: Sequence[str] | None, dataset: str | None, *, local: bool) -> None:
    if local == (dataset is not None):
        found = "both" if local else "neither"
        raise UsageError(f"expected --local with tasks or --dataset NAME, found {found}: give one of them")
    if bool(tasks) != local:
        raise UsageError(
            "expected tasks with --local and none with --dataset: name them before, with `datasets push`"
            if tasks
            else "--local: expected tasks, found none: name scenarios, such as support_desk"
        )


def _wishes(condition: str, context: Mapping[str, Any], settings: Sequence[str]) -> dict[str, Any]:
    """Read a condition, named as records name it: the kind of expert and what it may know."""
    kind, _, tier = condition.partition("/")
    return {**context, **wishes.wishes_of(settings, expert_kind=kind, tier=tier or None)}


def _here(settings: Settings, plan: ExperimentFile, wanted: Sequence[Mapping[str, Any]]) -> list[Evaluation]:
    from awm_langgraph.cli.opening import admit_scenario, open_catalog
    from awm_langgraph.evaluation.examples import example_of
    from awm_langgraph.evaluation.selection import in_splits, selected_tasks

    opened = open_catalog(settings.catalog)
    selected = in_splits(selected_tasks(opened, plan.tasks), plan.splits, plan.limit)
    for name in sorted({one.task.scenario for one in selected}):
        admit_scenario(opened, name)
    examples: list[TaskExample] = [example_of(one, opened) for one in selected]

    async def work(scale: Scale, context: EpisodeContext, on_progress: Progress) -> Evaluation:
        from awm_langgraph.evaluation.experiments import evaluate_here

        return await evaluate_here(examples, context, scale, on_progress=on_progress)

    return _each(settings, plan, wanted, work)


def _in_langsmith(
    settings: Settings, plan: ExperimentFile, wanted: Sequence[Mapping[str, Any]], against: str | None
) -> list[Evaluation]:
    from awm_langgraph.langsmith_service import required_service, told_plainly

    service = required_service()

    async def work(scale: Scale, context: EpisodeContext, on_progress: Progress) -> Evaluation:
        from awm_langgraph.evaluation.experiments import Part, evaluate_in_langsmith
        from awm_langgraph.rollout.tracing.clients import close_experiment_client, experiment_client

        client = experiment_client(service)
        try:
            part = Part(plan.dataset, tuple(plan.splits), plan.limit)
            return await evaluate_in_langsmith(client, part, context, scale, name=plan.name, on_progress=on_progress)
        finally:
            await asyncio.to_thread(close_experiment_client, client)

    with told_plainly(service):
        if against is not None:
            _check_rival(service, wanted, against)
        found = _each(settings, plan, wanted, work)
        return found if against is None else _compared(service, found, against)


def _check_rival(service: Service, wanted: Sequence[Mapping[str, Any]], against: str) -> None:
    """Ask for the experiment to compare with before hours are spent, unless it is among those to be made."""
    from contextlib import closing

    from awm_langgraph.agent import episode_context

    if against not in {episode_context(**one).condition for one in wanted}:
        # it traces nothing, and the first exporter that a process makes is the one that all use
        with closing(service.client(tracing_mode="langsmith")) as client:
            client.read_project(project_name=against)


def _compared(service: Service, found: Sequence[Evaluation], against: str) -> list[Evaluation]:
    """Push a pairwise experiment of each evaluation and the one that it is compared with."""
    from contextlib import closing

    from awm_langgraph.evaluation.pairwise import compare

    rival = next((one.experiment for one in found if one.condition == against), against)
    with closing(service.client()) as client:
        return [
            one
            if one.experiment == rival
            else one.model_copy(update={"comparison": compare(client, one.experiment, rival)})
            for one in found
        ]


def _each(
    settings: Settings, plan: ExperimentFile, wanted: Sequence[Mapping[str, Any]], work: Work
) -> list[Evaluation]:
    """Evaluate one condition after the other, showing how far each has come."""
    from awm_langgraph.agent import episode_context
    from awm_langgraph.cli.terminal import Waiting, notices
    from awm_langgraph.environment import runtime_for
    from awm_langgraph.evaluation.experiments import Scale

    contexts = [episode_context(**one) for one in wanted]
    if not any(context.reads_past for context in contexts):
        contexts[0].require_past_is_read()
    runtime = runtime_for(settings)
    scale = Scale(settings.runs_dir.absolute(), settings.catalog, plan.repetitions, plan.concurrency, runtime)
    found: list[Evaluation] = []
    try:
        for context in contexts:
            with Waiting(notices(), context.condition) as shown:

                def progress(done: int, total: int, shown: Waiting = shown, name: str = context.condition) -> None:
                    shown.say(f"{name}: {done} of {total} episodes")

                found.append(interruption.run(work(scale, context.without_unread_past(), progress)))
    finally:
        asyncio.run(runtime.close())
    return found
