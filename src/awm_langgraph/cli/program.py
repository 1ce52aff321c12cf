"""The commands put together, and what becomes of a mistake."""

from __future__ import annotations

import io
import os
import sqlite3
import sys
from collections.abc import Sequence
from typing import Annotated, TextIO

import typer

from awm_langgraph import __version__
from awm_langgraph.cli import (
    INTERRUPTED,
    assistants,
    counterfactual,
    datasets,
    demo,
    doctor,
    evaluate,
    fork,
    prompts,
    resume,
    run,
    runs,
    scenarios,
    studio_check,
    traces,
)
from awm_langgraph.cli.terminal import complain, discard
from awm_langgraph.cli.text import one_line
from awm_langgraph.errors import AwmError, UsageError

NAME = "awm-langgraph"

app = typer.Typer(
    name=NAME,
    help="Agents in tool environments, an expert who helps when they are in trouble, and a verdict from the database.",
    epilog="Start with `awm-langgraph demo`: it needs no key and no network.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command("demo")(demo.demo)
app.command("run")(run.run)
app.command("resume")(resume.resume)
app.command("fork")(fork.fork)
app.command("counterfactual")(counterfactual.counterfactual)
app.add_typer(scenarios.app, name="scenarios")
app.add_typer(runs.app, name="runs")
app.command("evaluate")(evaluate.evaluate)
app.add_typer(datasets.app, name="datasets")
app.add_typer(prompts.app, name="prompts")
app.add_typer(traces.app, name="traces")
app.add_typer(assistants.app, name="assistants")
app.command("studio-check")(studio_check.studio_check)
app.command("doctor")(doctor.doctor)


def _show_version(is_asked: bool) -> None:
    if is_asked:
        print(f"{NAME} {__version__}")
        raise typer.Exit


@app.callback()
def _program(
    version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None:
    """Take the options that stand before a command."""


def run_program(arguments: Sequence[str]) -> int:
    """Run one command; return 0, 1 where something failed, 2 for the user's mistake, 130 after Ctrl-C."""
    sys.stdout, sys.stderr = _writable(sys.stdout), _writable(sys.stderr)
    try:
        # Outside its standalone mode typer returns the code of an Exit and lets its own errors through.
        code: int | None = app(list(arguments), prog_name=NAME, standalone_mode=False)
        sys.stdout.flush()
    except UsageError as error:
        return _complain(str(error), 2)
    except AwmError as error:
        return _complain(str(error), 1)
    except typer.TyperException as error:
        # A group without a command raises too, without a message: it has printed its help.
        return _complain(_explained(error), 2) if error.format_message() else 2
    except typer.Abort:
        return INTERRUPTED
    except BrokenPipeError:
        # The reader of our output has gone, as in `runs export RUN | head`.
        _abandon_output()
        return 1
    except (OSError, sqlite3.Error) as error:
        # Nothing nearer to it knew what to say: a full disk, a store that another program holds.
        _abandon_output()
        return _complain(str(error) or type(error).__name__, 1)
    return code or 0


def _complain(text: str, code: int) -> int:
    complain(text)
    return code


def _abandon_output() -> None:
    """Drop what standard output could not take, so that Python's own flush at exit does not fail on it again."""
    try:
        sys.stdout.flush()
    except OSError:
        discard(sys.stdout)


def _explained(error: typer.TyperException) -> str:
    """Put typer's complaint about arguments in one line and name the help that answers it."""
    message = one_line(error.format_message())
    context = getattr(error, "ctx", None)
    return f"{message} (see `{context.command_path} --help`)" if context else message


def _writable(stream: TextIO | None) -> TextIO:
    """Let a stream show a question mark for what its encoding lacks; one that was closed swallows everything."""
    if stream is None:
        return open(os.devnull, "w", encoding="utf-8")
    if isinstance(stream, io.TextIOWrapper):
        stream.reconfigure(errors="replace")
    return stream
