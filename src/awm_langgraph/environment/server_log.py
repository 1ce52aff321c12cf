"""A server's log: opened for the server, and its last line for whoever asks why it ended."""

from __future__ import annotations

import os
from pathlib import Path

from awm_langgraph.errors import EnvironmentBuildError

_TAIL_BYTES = 65536


def open_log(log: Path) -> int:
    """Open a log to append to, for a process that is to inherit it.

    Raises:
        EnvironmentBuildError: it cannot be written.
    """
    try:
        return os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise EnvironmentBuildError(f"the server's log {log} cannot be opened: {error.strerror}") from error


def last_line(log: Path) -> str:
    """Say what a log ends with, and where it is."""
    try:
        with log.open("rb") as file:
            file.seek(max(0, file.seek(0, os.SEEK_END) - _TAIL_BYTES))
            said = file.read().decode(errors="replace").strip().splitlines()
    except FileNotFoundError:
        said = []
    return f"the last line of {log} is: {said[-1] if said else '(empty)'}"
