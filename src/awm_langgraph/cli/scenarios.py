"""``awm-langgraph scenarios``: what there is to work in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from awm_langgraph.cli import options

if TYPE_CHECKING:
    from awm_langgraph.catalog import Catalog
    from awm_langgraph.settings import Settings

_DESCRIPTION_LIMIT = 160

app = typer.Typer(help="Look at the scenarios of a catalog.", no_args_is_help=True)


@app.command("list")
def list_scenarios(
    catalog: options.CatalogName = None, config: options.Config = None, as_json: options.AsJson = False
) -> None:
    """List the scenarios of a catalog."""
    from awm_langgraph.cli.drawing.layout import plain_table
    from awm_langgraph.cli.terminal import results, write_json
    from awm_langgraph.cli.text import one_line, shortened

    opened = _open(options.load_settings(config, catalog=catalog))
    summaries = [opened.summary(name) for name in opened.names()]
    if as_json:
        write_json([summary.model_dump(mode="json") for summary in summaries])
        return
    table = plain_table("scenario", "tasks", "what it is", numbers=("tasks",))
    for summary in summaries:
        table.add_row(
            one_line(summary.name), str(summary.tasks), shortened(one_line(summary.description), _DESCRIPTION_LIMIT)
        )
    results().print(table)


@app.command("show")
def show_scenario(
    name: Annotated[str, typer.Argument(metavar="SCENARIO", help="Its name: see `scenarios list`.")],
    catalog: options.CatalogName = None,
    config: options.Config = None,
    as_json: options.AsJson = False,
) -> None:
    """Show one scenario: its tasks, its tables, and what is wrong with it. None of its code is run."""
    from awm_langgraph.cli.portrait import draw_portrait, portrait_of
    from awm_langgraph.cli.terminal import results, show, write_json

    portrait = portrait_of(_open(options.load_settings(config, catalog=catalog)), name)
    if as_json:
        write_json(portrait.model_dump(mode="json"))
    else:
        show(results(), draw_portrait(portrait))


def _open(settings: Settings) -> Catalog:
    from awm_langgraph.cli.opening import open_catalog
    from awm_langgraph.settings import use_settings

    with use_settings(settings):
        return open_catalog(settings.catalog)
