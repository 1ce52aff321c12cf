"""Sees a scenario's code ask for the time or for chance: values that every execution of the code must get anew."""

from __future__ import annotations

import random
import sys
import time
from datetime import date
from types import FrameType, TracebackType
from typing import Any

from awm_langgraph.environment.scenario_app import MODULE_NAME

_CLOCKS = {"now", "today", "utcnow"}
_TIMES = {
    name for name in dir(time) if name.endswith("time") or "time_" in name or name.startswith(("monotonic", "perf"))
}
_CHANCES = {"getrandbits", "random", "seed", "urandom", "getrandom"}
_ON_THE_WAY = {"datetime", "pydantic", "random", "secrets", "tempfile", "uuid"}
"""Modules that ask for whoever calls them. Others ask for themselves: a pool notes when it opened a connection."""


class SourceWatch:
    """While entered, notes what the scenario's module asks for; ``finding`` says it in words."""

    def __init__(self) -> None:
        self.finding = ""

    def __enter__(self) -> None:
        # a profile function is told of functions written in C, whatever name they were imported under
        sys.setprofile(self._note)

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        sys.setprofile(None)

    def _note(self, frame: FrameType, event: str, called: Any) -> None:
        if event == "c_call" and not self.finding:
            found = _finding(called)
            if found and _is_for_scenario(frame):
                self.finding = found


def _finding(called: Any) -> str:
    name, owner = called.__name__, called.__self__
    if (owner is time and name in _TIMES) or (isinstance(owner, type) and issubclass(owner, date) and name in _CLOCKS):
        return "looks at the time when it is loaded"
    if name in _CHANCES and (owner is sys.modules["posix"] or isinstance(owner, random.Random)):
        return "uses chance when it is loaded"
    return ""


def _is_for_scenario(frame: FrameType | None) -> bool:
    while frame is not None and str(frame.f_globals.get("__name__")).partition(".")[0] in _ON_THE_WAY:
        frame = frame.f_back
    return frame is not None and frame.f_globals.get("__name__") == MODULE_NAME
