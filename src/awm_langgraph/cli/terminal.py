"""Where output goes: results to standard output, notices and progress to standard error."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from contextlib import suppress
from types import TracebackType
from typing import IO, TYPE_CHECKING, Self

from awm_langgraph.cli.text import one_line

if TYPE_CHECKING:
    from rich.console import Console, RenderableType
    from rich.text import Text

WIDEST = 100
"""Lines longer than so many columns are hard to read, however wide the terminal is."""


def results(*, widest: int = WIDEST) -> Console:
    """Open standard output for people to read."""
    return _console(sys.stdout, widest)


def notices() -> Console:
    """Open standard error for people to read."""
    return _console(sys.stderr, WIDEST)


def write_json(value: object) -> None:
    """Write the one JSON document of a command to standard output, in ASCII so that no encoding is in its way."""
    import json

    sys.stdout.write(f"{json.dumps(value, indent=2, allow_nan=False)}\n")


def show(console: Console, parts: Iterable[RenderableType]) -> None:
    """Print one part after another; a text that must not be wrapped stays whole, even where it is cut at the edge."""
    from rich.text import Text

    for part in parts:
        console.print(part, soft_wrap=isinstance(part, Text) and bool(part.no_wrap))


def notify(lines: Iterable[str]) -> None:
    """Tell what the user should know besides the result."""
    for line in lines:
        notices().print(f"notice: {one_line(line)}", style="dim", soft_wrap=True)


def complain(text: str) -> None:
    """Tell what went wrong, in one line."""
    with suppress(OSError):
        print(f"error: {one_line(text)}", file=sys.stderr)


class Waiting:
    """A line at the foot of a terminal that says what is being waited for; on anything else, nothing."""

    def __init__(self, console: Console, what: str) -> None:
        self._status = console.status(_dim(what))

    def __enter__(self) -> Self:
        self._status.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._status.stop()

    def say(self, what: str) -> None:
        """Say something else from now on."""
        self._status.update(_dim(what))


def discard(stream: IO[str]) -> None:
    """Send what a stream holds and still gets nowhere: whoever read it has gone, or nothing more fits."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, stream.fileno())
    os.close(nowhere)


def _dim(text: str) -> Text:
    from rich.text import Text

    return Text(one_line(text), style="dim")


def _console(stream: IO[str], widest: int) -> Console:
    from rich.console import Console

    class Lasting(Console):
        def on_broken_pipe(self) -> None:
            """Go on unseen: rich would end the program, and with it the episode that is being drawn."""
            self.quiet = True
            discard(self.file)

    console = Lasting(file=stream, markup=False, emoji=False, highlight=False)
    console.width = min(console.width, widest)
    return console
