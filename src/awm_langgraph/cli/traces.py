"""``awm-langgraph traces``: what LangSmith did not take when it was first sent."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from awm_langgraph.cli import options

app = typer.Typer(help="Send LangSmith the traces that it did not take.", no_args_is_help=True)


@app.callback()
def _group() -> None:
    """Keep ``send`` a command of its own although it is the only one."""


@app.command("send")
def send(
    folder: Annotated[
        Path | None,
        typer.Argument(metavar="[DIR]", help="Where they are (default: where runs keep them).", show_default=False),
    ] = None,
    out: options.Out = None,
    config: options.Config = None,
    as_json: options.AsJson = False,
) -> None:
    """Send kept traces; what arrives is removed. Needs LANGSMITH_API_KEY.

    Exits with 1 where some are still there.
    """
    from awm_langgraph.cli.terminal import results, write_json
    from awm_langgraph.cli.text import counted
    from awm_langgraph.langsmith_service import required_service
    from awm_langgraph.rollout.tracing.kept import send_kept
    from awm_langgraph.rollout.tracing.traced import kept_traces
    from awm_langgraph.settings import use_settings

    settings = options.load_settings(config, runs_dir=out)
    with use_settings(settings):
        kept = folder.expanduser() if folder else kept_traces(settings.runs_dir)
        sent = send_kept(required_service(), kept)
    if as_json:
        write_json(sent.model_dump())
    else:
        ending = f"; {sent.refused} refused and {sent.left} left in {kept}" if sent.refused or sent.left else ""
        ending += f": {sent.trouble}" if sent.trouble else ""
        results().print(f"{counted(sent.delivered, 'letter')} sent{ending}", soft_wrap=True)
    if sent.refused or sent.left:
        raise typer.Exit(1)
