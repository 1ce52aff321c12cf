"""The commands put together, and what becomes of a mistake."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Sequence
from typing import Annotated, TextIO

import typer

from awm_langgraph import __version__
from awm_langgraph.cli import INTERRUPTED, demo, doctor, run, runs, scenarios
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
app.add_typer(scenarios.app, name="scenarios")
app.add_typer(runs.app, name="runs")
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
    _write_anything(sys.stdout)
    _write_anything(sys.stderr)
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
        # The reader of our output has gone, as in `runs list | head`; Python's own flush at exit must not meet it.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    return code or 0


def _complain(text: str, code: int) -> int:
    print(f"error: {one_line(text)}", file=sys.stderr)
    return code


def _explained(error: typer.TyperException) -> str:
    """Put typer's complaint about arguments in one line and name the help that answers it."""
    message = one_line(error.format_message())
    context = getattr(error, "ctx", None)
    return f"{message} (see `{context.command_path} --help`)" if context else message


def _write_anything(stream: TextIO) -> None:
    """Let a stream show a question mark for what its encoding lacks, instead of failing."""
    if isinstance(stream, io.TextIOWrapper):
        stream.reconfigure(errors="replace")
