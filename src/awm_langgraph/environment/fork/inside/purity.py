"""May a scenario's code be executed once for many episodes?

Forking after the code was executed is the same as executing it anew unless executing it did more than define things.
The tool builder looks for that once for every scenario; where it finds something, every episode executes the code.
"""

from __future__ import annotations

import os
import random
import threading
from collections.abc import Mapping
from datetime import date, datetime
from pathlib import Path
from types import TracebackType
from typing import Any

from awm_langgraph.environment.database import LiveDatabase
from awm_langgraph.environment.fork.inside.memory import OpaqueError, memory_of
from awm_langgraph.environment.fork.inside.sources import SourceWatch

_DESCRIPTORS = range(3, 256)


class LoadWatch:
    """What executing a scenario's code does besides defining things. Entered while the code runs, asked afterwards."""

    def __init__(self, database: Path) -> None:
        self._database = database
        self._mark = LiveDatabase(database).change_mark()
        self._chance = random.getstate()
        self._threads = set(threading.enumerate())
        self._sources = SourceWatch()

    def __enter__(self) -> None:
        self._sources.__enter__()

    def __exit__(self, *failure: type[BaseException] | BaseException | TracebackType | None) -> None:
        self._sources.__exit__(*failure)

    def finding(self, names: Mapping[str, Any]) -> str:
        """Say in words what was found, or nothing; ``names`` are the module's globals."""
        if LiveDatabase(self._database).change_mark() != self._mark:
            return "writes to the database when it is loaded"
        if not self._threads.issuperset(threading.enumerate()):
            return "starts threads when it is loaded"
        if is_open(self._database):
            return "keeps a connection of its own to the database"
        if any(str(self._database.parent) in str(value) for value in names.values() if isinstance(value, str | Path)):
            return "keeps the path of its folder"
        if _has_recent_moment(names):
            return "keeps the time at which it was loaded"
        # a library may have used it for the scenario
        return self._sources.finding or ("uses chance when it is loaded" if random.getstate() != self._chance else "")


def _has_recent_moment(names: Mapping[str, Any]) -> bool:
    """Look for the time in what a scenario keeps: a library written in C asks for it unseen."""
    try:
        held = [memory_of(names)]
    except OpaqueError:
        return False
    today = date.today()
    while held:
        value = held.pop()
        if isinstance(value, list | tuple):
            held += value
        elif isinstance(value, date):
            day = value.date() if isinstance(value, datetime) else value
            if abs((day - today).days) <= 1:
                return True
    return False


def is_open(database: Path) -> bool:
    """Tell whether this process has the file open."""
    ours = os.stat(database)
    for descriptor in _DESCRIPTORS:
        try:
            status = os.fstat(descriptor)
        except OSError:
            continue
        if os.path.samestat(ours, status):
            return True
    return False
