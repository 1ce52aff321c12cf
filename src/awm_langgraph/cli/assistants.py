"""``awm-langgraph assistants``: the conditions of a comparison, by name, on a running LangGraph server."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from awm_langgraph.cli import interruption, options
from awm_langgraph.errors import UsageError

if TYPE_CHECKING:
    from awm_langgraph.cli.studio.conditions import Condition

app = typer.Typer(help="Offer the conditions of a comparison in Studio.", no_args_is_help=True)


@app.callback()
def _group() -> None:
    """Keep the command's name where there is only one."""


@app.command("create")
def create(
    url: options.ServerUrl = options.SERVER_URL,
    past: Annotated[
        list[Path] | None,
        typer.Option(
            "--past", metavar="DIR|FILE", help="Earlier episodes, for the static expert and the memory; repeatable."
        ),
    ] = None,
    as_json: options.AsJson = False,
) -> None:
    """Create an assistant for each condition; those that are there stay."""
    from awm_langgraph.cli.drawing.layout import plain_table
    from awm_langgraph.cli.studio.conditions import conditions
    from awm_langgraph.cli.terminal import results, write_json

    chosen = list(conditions([str(path.absolute()) for path in past or ()]))
    interruption.run(_provide(url, chosen))
    if as_json:
        write_json([{"assistant_id": one.assistant_id, **one.model_dump(mode="json")} for one in chosen])
        return
    table = plain_table("assistant", "what it is")
    for one in chosen:
        table.add_row(one.name, one.description)
    results().print(table)


async def _provide(url: str, chosen: list[Condition]) -> None:
    import httpx
    from langgraph_sdk.errors import LangGraphError

    from awm_langgraph.cli.studio.conditions import GRAPH, provide
    from awm_langgraph.cli.studio.visit import visiting

    try:
        async with visiting(url) as visit:
            await visit.knock()
            for one in chosen:
                await provide(visit.client, one)
    except httpx.ConnectError:
        raise UsageError(f"expected a LangGraph server at {url}, found none: start it with `make studio`") from None
    except (httpx.HTTPError, LangGraphError) as error:
        raise UsageError(
            f"expected a server with our graph {GRAPH} at {url}, which answers: {str(error) or type(error).__name__}"
        ) from None
