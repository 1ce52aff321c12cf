"""``awm-langgraph runs``: what earlier runs left behind."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, TextIO

import typer

from awm_langgraph.cli import interruption, options
from awm_langgraph.errors import UsageError

if TYPE_CHECKING:
    from rich.console import RenderableType

    from awm_langgraph.rollout.folders import EpisodeFolder, RunFolder
    from awm_langgraph.rollout.records import EpisodeRecord

app = typer.Typer(help="Look at earlier runs.", no_args_is_help=True)

RunId = Annotated[str, typer.Argument(metavar="RUN", help="A run's id: see `runs list`.", show_default=False)]
EpisodeId = Annotated[
    str | None,
    typer.Argument(metavar="[EPISODE]", help="One of its episodes; the first letters will do.", show_default=False),
]


@app.command("list")
def list_runs(out: options.Out = None, config: options.Config = None, as_json: options.AsJson = False) -> None:
    """List the runs in a folder, oldest first."""
    from awm_langgraph.cli.drawing.run_tables import draw_runs
    from awm_langgraph.cli.stored import read_runs
    from awm_langgraph.cli.terminal import results, write_json
    from awm_langgraph.rollout import folders

    found = interruption.run(read_runs(folders.list_runs(_runs_dir(out, config))))
    if as_json:
        write_json([run.glance() for run in found])
    else:
        results().print(draw_runs(found))


@app.command("show")
def show_run(
    run: RunId,
    episode: EpisodeId = None,
    out: options.Out = None,
    config: options.Config = None,
    as_json: options.AsJson = False,
) -> None:
    """Show a run's episodes, or tell one of them again."""
    from awm_langgraph.cli.drawing.run_tables import draw_run
    from awm_langgraph.cli.stored import read_episode, read_run
    from awm_langgraph.cli.terminal import results, show, write_json
    from awm_langgraph.rollout.folders import find_run

    folder = find_run(_runs_dir(out, config), run)
    if episode is None:
        stored = interruption.run(read_run(folder))
        document = stored.document()
        parts = draw_run(stored)
    else:
        record = interruption.run(read_episode(folder, episode))
        document = record.model_dump(mode="json")
        parts = _told_again(record, folder.episode(record.episode_id))
    if as_json:
        write_json(document)
    else:
        show(results(), parts)


@app.command("export")
def export_run(
    run: RunId,
    form: Annotated[Literal["jsonl"], typer.Option("--format", help="One episode a line, as JSON.")] = "jsonl",
    target: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="FILE", help="Where to (default: standard output).")
    ] = None,
    out: options.Out = None,
    config: options.Config = None,
) -> None:
    """Write every episode of a run out, whole."""
    from awm_langgraph.rollout.folders import find_run

    folder = find_run(_runs_dir(out, config), run)
    interruption.run(_export(folder, target))


@app.command("collect")
def collect_runs(
    run: Annotated[
        str | None, typer.Argument(metavar="[RUN]", help="A run's id (default: every run).", show_default=False)
    ] = None,
    out: options.Out = None,
    config: options.Config = None,
    as_json: options.AsJson = False,
) -> None:
    """Remove the databases that no episode can go back to any more.

    Kept are those that a checkpoint names, for resuming and forking, and those of the last hour.
    """
    from awm_langgraph.cli.collecting import collect
    from awm_langgraph.cli.terminal import results, write_json
    from awm_langgraph.rollout.folders import find_run, list_runs

    runs_dir = _runs_dir(out, config)
    found = interruption.run(collect(list_runs(runs_dir) if run is None else [find_run(runs_dir, run)]))
    if as_json:
        write_json(found.document())
    else:
        results().print(found.sentence())


def _told_again(record: EpisodeRecord, folder: EpisodeFolder) -> Iterator[RenderableType]:
    """Draw an episode; its databases are compared once somebody looks."""
    from awm_langgraph.cli.drawing.replay import draw_record
    from awm_langgraph.cli.rows_changed import rows_changed_in

    yield from draw_record(record, rows_changed_in(record, folder.snapshots), folder.path)


def _runs_dir(out: Path | None, config: Path | None) -> Path:
    return options.load_settings(config, runs_dir=out).runs_dir


async def _export(folder: RunFolder, target: Path | None) -> None:
    from awm_langgraph.rollout.store import RunStore

    async with await RunStore.open(folder.store) as store:
        with _opened(target) as output:
            async for row in store.export():
                output.write(f"{row}\n")


def _opened(target: Path | None) -> AbstractContextManager[TextIO]:
    if target is None:
        return nullcontext(sys.stdout)
    try:
        return target.open("w", encoding="utf-8")
    except OSError as error:
        raise UsageError(f"cannot write {target} ({error.strerror}): choose another file") from None
