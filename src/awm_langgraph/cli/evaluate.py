"""``awm-langgraph evaluate``: conditions over many tasks, as LangSmith experiments or here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from awm_langgraph.cli import interruption, options, wishes
from awm_langgraph.errors import UsageError

if TYPE_CHECKING:
    from awm_langgraph.evaluation.examples import TaskExample
    from awm_langgraph.evaluation.experiments import Progress, Scale
    from awm_langgraph.evaluation.scores import Evaluation
    from awm_langgraph.settings import Settings


def evaluate(
    tasks: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[TASKS]...",
            help="With --local: scenarios, SCENARIO/N, all, or JSON files of pairs.",
            show_default=False,
        ),
    ] = None,
    dataset: Annotated[
        str | None, typer.Option("--dataset", metavar="NAME", help="A data set in LangSmith: see `datasets push`.")
    ] = None,
    local: Annotated[bool, typer.Option("--local", help="Evaluate here and send nothing.")] = False,
    condition: Annotated[
        list[str] | None,
        typer.Option("--condition", metavar="KIND[/TIER]", help="none, dynamic/criteria, ... Repeatable."),
    ] = None,
    repetitions: Annotated[int, typer.Option("--repetitions", metavar="N", min=1, help="Episodes per task.")] = 1,
    concurrency: Annotated[
        int, typer.Option("--concurrency", metavar="N", min=1, help="Episodes at the same time.")
    ] = 4,
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

    The episodes are kept in a run per condition either way. --dataset needs LANGSMITH_API_KEY.
    """
    from awm_langgraph.cli.drawing.evaluation_table import draw_evaluations
    from awm_langgraph.cli.terminal import results, show, write_json
    from awm_langgraph.settings import use_settings

    _check_choice(tasks, dataset, local=local)
    settings = options.load_settings(
        config,
        catalog=catalog,
        runs_dir=out,
        sandbox=sandbox,
        agent={"model": agent},
        expert={"model": expert},
        judge={"model": judge},
    )
    wanted = [_wishes(one, settings_of_context or ()) for one in condition or ["dynamic/criteria"]]
    with use_settings(settings):
        found = _here(settings, tasks, wanted, repetitions, concurrency) if local else []
        if dataset is not None:
            found = _in_langsmith(settings, dataset, wanted, repetitions, concurrency)
    if as_json:
        write_json([one.model_dump() for one in found])
    else:
        show(results(), draw_evaluations(found))


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


def _wishes(condition: str, settings: Sequence[str]) -> dict[str, Any]:
    """Read a condition, named as records name it: the kind of expert and what it may know."""
    kind, _, tier = condition.partition("/")
    return wishes.wishes_of(settings, expert_kind=kind, expert_tier=tier or None)


def _here(
    settings: Settings,
    tasks: Sequence[str] | None,
    wanted: Sequence[Mapping[str, Any]],
    repetitions: int,
    concurrency: int,
) -> list[Evaluation]:
    from awm_langgraph.cli.opening import admit_scenario, open_catalog
    from awm_langgraph.evaluation.examples import example_of
    from awm_langgraph.evaluation.selection import selected_tasks

    opened = open_catalog(settings.catalog)
    selected = selected_tasks(opened, tasks or ())
    for name in sorted({one.task.scenario for one in selected}):
        admit_scenario(opened, name)
    examples: list[TaskExample] = [example_of(one, opened) for one in selected]

    async def work(scale: Scale, context: Any, on_progress: Progress) -> Evaluation:
        from awm_langgraph.evaluation.experiments import evaluate_here

        return await evaluate_here(examples, context, scale, on_progress=on_progress)

    return _each(settings, wanted, repetitions, concurrency, work)


def _in_langsmith(
    settings: Settings, dataset: str, wanted: Sequence[Mapping[str, Any]], repetitions: int, concurrency: int
) -> list[Evaluation]:
    from awm_langgraph.rollout.tracing.service import required_service, told_plainly

    service = required_service()

    async def work(scale: Scale, context: Any, on_progress: Progress) -> Evaluation:
        from awm_langgraph.evaluation.experiments import evaluate_in_langsmith
        from awm_langgraph.rollout.tracing.clients import cleaner

        client = service.client(auto_batch_tracing=True, anonymizer=cleaner())
        try:
            return await evaluate_in_langsmith(client, dataset, context, scale, on_progress=on_progress)
        finally:
            client.close(timeout=30)

    with told_plainly(service):
        return _each(settings, wanted, repetitions, concurrency, work)


def _each(
    settings: Settings, wanted: Sequence[Mapping[str, Any]], repetitions: int, concurrency: int, work: Any
) -> list[Evaluation]:
    """Evaluate one condition after the other, showing how far each has come."""
    from awm_langgraph.agent import episode_context
    from awm_langgraph.cli.terminal import Waiting, notices
    from awm_langgraph.evaluation.experiments import Scale

    contexts = [episode_context(**one) for one in wanted]
    scale = Scale(settings.runs_dir.absolute(), settings.catalog, repetitions, concurrency)
    found: list[Evaluation] = []
    for context in contexts:
        with Waiting(notices(), context.condition) as shown:

            def progress(done: int, total: int, shown: Waiting = shown, name: str = context.condition) -> None:
                shown.say(f"{name}: {done} of {total} episodes")

            found.append(interruption.run(work(scale, context, progress)))
    return found
