"""May a scenario's code be executed once for many episodes?

Forking after the code was executed is the same as executing it anew unless executing it did more than define things.
The tool builder looks for that once for every scenario; where it finds something, every episode executes the code.
"""

from __future__ import annotations

import functools
import itertools
import os
import random
import threading
from collections import deque
from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from types import CellType, FunctionType, NoneType
from typing import Any

from fastapi import FastAPI

from awm_langgraph.environment.database import LiveDatabase
from awm_langgraph.environment.scenario_app import MODULE_NAME

_PLAIN = (str, bytes, bytearray, int, float, complex, NoneType, Decimal, date, timedelta)
_COUNTERS = (itertools.count, itertools.cycle)
_SEQUENCES = (list, tuple, set, frozenset, deque)
_DESCRIPTORS = range(3, 256)
_EMPTY_CELL = CellType()


class LoadWatch:
    """What executing a scenario's code does besides defining things. Made before the code runs, asked afterwards."""

    def __init__(self, database: Path) -> None:
        self._database = database
        self._mark = LiveDatabase(database).change_mark()
        self._chance = random.getstate()

    def finding(self, names: Mapping[str, Any]) -> str:
        """Say in words what was found, or nothing; ``names`` are the module's globals."""
        if LiveDatabase(self._database).change_mark() != self._mark:
            return "writes to the database when it is loaded"
        if threading.active_count() > 1:
            return "starts threads when it is loaded"
        if is_open(self._database):
            return "keeps a connection of its own to the database"
        if _reads_clock(names.values()):
            return "keeps the time at which it was loaded"
        if any(str(self._database.parent) in str(value) for value in names.values() if isinstance(value, str | Path)):
            return "keeps the path of its folder"
        if random.getstate() != self._chance or any(isinstance(value, random.Random) for value in names.values()):
            return "uses chance when it is loaded"
        return ""


def memory_of(names: Mapping[str, Any]) -> object:
    """Collect what a module remembers between calls in its globals and in its own objects; compare with ``==``."""
    return _remembered_items(names, set())


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


def _reads_clock(values: Iterable[object]) -> bool:
    today = date.today()
    dates = [value.date() if isinstance(value, datetime) else value for value in values if isinstance(value, date)]
    return any(abs((found - today).days) <= 1 for found in dates)


def _remembered(value: Any, seen: set[int]) -> object:
    if isinstance(value, _PLAIN):
        return value
    if id(value) in seen:
        return None
    seen.add(id(value))
    if isinstance(value, Mapping):
        return _remembered_items(value, seen)
    if isinstance(value, _SEQUENCES):
        return [_remembered(held, seen) for held in value]
    return _remembered_by_object(value, seen)


def _remembered_items(items: Mapping[Any, Any], seen: set[int]) -> object:
    return [(repr(key), _remembered(held, seen)) for key, held in items.items() if not _is_internal(key)]


def _remembered_by_object(value: Any, seen: set[int]) -> object:
    if isinstance(value, _COUNTERS):
        return repr(value)
    if isinstance(value, FastAPI):
        return _remembered(value.state._state, seen)
    if isinstance(value, functools._lru_cache_wrapper):
        return tuple(value.cache_info())
    if isinstance(value, FunctionType) and value.__module__ == MODULE_NAME:
        return _remembered_by_function(value, seen)
    owner = value if isinstance(value, type) else type(value)
    if owner.__module__ == MODULE_NAME and hasattr(value, "__dict__"):
        return _remembered_items(vars(value), seen)
    return None


def _remembered_by_function(value: FunctionType, seen: set[int]) -> object:
    """Look at attributes, default arguments and enclosed variables; a handler may be wrapped in another."""
    enclosed = [cell.cell_contents for cell in value.__closure__ or () if cell != _EMPTY_CELL]
    attributes = {**vars(value), **(value.__kwdefaults__ or {})}
    held = [_remembered(one, seen) for one in (*(value.__defaults__ or ()), *enclosed)]
    return held, _remembered_items(attributes, seen)


def _is_internal(key: object) -> bool:
    return isinstance(key, str) and key.startswith(("__", "_sa_"))
