"""``awm-langgraph datasets``: tasks as data sets in LangSmith."""

from __future__ import annotations

from typing import Annotated

import typer

from awm_langgraph.cli import options

app = typer.Typer(help="Keep tasks as data sets in LangSmith.", no_args_is_help=True)

Tasks = Annotated[
    list[str],
    typer.Argument(
        metavar="TASKS...",
        help="Scenarios, SCENARIO/N, all, or JSON files of pairs with their splits.",
        show_default=False,
    ),
]


@app.callback()
def _group() -> None:
    """Keep ``push`` a command of its own although it is the only one."""


@app.command("push")
def push(
    tasks: Tasks,
    name: Annotated[str, typer.Option("--name", metavar="NAME", help="The data set's name.", show_default=False)],
    catalog: options.CatalogName = None,
    config: options.Config = None,
    as_json: options.AsJson = False,
) -> None:
    """Create or update a data set with one example per task; what it says already is left alone.

    A file is a JSON list of ["scenario", N] or {"scenario", "task_idx", "split"}. Needs LANGSMITH_API_KEY.
    """
    from awm_langgraph.cli.opening import open_catalog
    from awm_langgraph.cli.terminal import results, write_json
    from awm_langgraph.evaluation.datasets import push_dataset
    from awm_langgraph.evaluation.examples import example_of
    from awm_langgraph.evaluation.selection import selected_tasks
    from awm_langgraph.langsmith_service import required_service, told_plainly
    from awm_langgraph.settings import use_settings

    settings = options.load_settings(config, catalog=catalog)
    with use_settings(settings):
        service = required_service()
        opened = open_catalog(settings.catalog)
        examples = [example_of(one, opened) for one in selected_tasks(opened, tasks)]
        with told_plainly(service):
            pushed = push_dataset(service.client(), name, examples)
    if as_json:
        write_json(pushed.model_dump())
    else:
        told = f"{pushed.created} created, {pushed.changed} changed, {pushed.unchanged} unchanged"
        others = f", {pushed.others} others left alone" if pushed.others else ""
        results().print(f"{told}{others}\n{pushed.url}", soft_wrap=True)
