"""Which calls may a zygote make before it forks? Tried once for every scenario, in a process that ends afterwards.

A rehearsal must be quick and must leave nothing behind but what it leaves in a scratch database and in libraries.
"""

from __future__ import annotations

import resource
import signal
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from awm_langgraph.environment.fork.inside.answer import Result
from awm_langgraph.environment.fork.inside.child import Child
from awm_langgraph.environment.fork.inside.examples import arguments_of
from awm_langgraph.environment.fork.inside.loaded import Loaded
from awm_langgraph.environment.fork.inside.memory import OpaqueError, memory_of
from awm_langgraph.environment.fork.inside.rehearsal import Call, call_once

QUICK_SECONDS = 0.25
"""A call that takes longer is interrupted, and is no rehearsal."""

MOST_SECONDS = 20.0
"""A scenario whose trial takes longer has the tools that are left unrehearsed."""

_ATTEMPTS = 3
"""Tries of a call that was slow because others had the processor: what is found out here is kept for good."""

_METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
"""In this order a call finds what it asks for."""


def rehearsal_of(loaded: Loaded, description: Mapping[str, Any], serve: Callable[[], Child]) -> list[Call]:
    """Try the tools, and answer the calls that may be rehearsed: one of each, if possible one that succeeds.

    None may be where the scenario keeps what cannot be looked into: any tool may leave something there.
    """
    found = []
    end = time.monotonic() + MOST_SECONDS
    try:
        before = memory_of(loaded.module)
        for candidates in _candidates(description):
            if time.monotonic() > end:
                break
            calls = [(call, is_good) for call in candidates if (is_good := _is_good(loaded, serve, call)) is not None]
            after = memory_of(loaded.module)
            if calls and after == before:
                found.append(max(calls, key=lambda tried: tried[1])[0])
            before = after
    except OpaqueError:
        return []
    return found


def _candidates(description: Mapping[str, Any]) -> Iterator[list[Call]]:
    """Make up calls of each tool: a writing one with all that it takes, and with no more than it demands."""
    tools = description["tools"]["tools"]
    methods = {tool["name"]: description["operations"][tool["name"]][0] for tool in tools}
    for method in _METHODS:
        for tool in tools:
            name, schema = tool["name"], tool["inputSchema"]
            if methods[name] == method:
                fullness = (False,) if method == "GET" else (True, False)
                yield [(name, arguments_of(schema, is_full=is_full)) for is_full in fullness]


def _is_good(loaded: Loaded, serve: Callable[[], Child], call: Call) -> bool | None:
    """Tell whether a call is answered without an error; None where that takes too long, and not because of others.

    It is interrupted then, so nothing may be forked from this process any more.
    """
    for _ in range(_ATTEMPTS):
        began, displaced = time.perf_counter(), _times_displaced()
        result = _quick_result(loaded, serve(), call)
        seconds = time.perf_counter() - began
        if result is not None and seconds < QUICK_SECONDS:
            return not result["isError"]
        # one that is interrupted a good while too late was not running when it was to be
        if _times_displaced() == displaced and seconds < 2 * QUICK_SECONDS:
            break
    return None


def _quick_result(loaded: Loaded, child: Child, call: Call) -> Result | None:
    """Make a call, and interrupt it when it takes too long."""
    signal.signal(signal.SIGALRM, _interrupt)
    try:
        signal.setitimer(signal.ITIMER_REAL, QUICK_SECONDS)
        try:
            return call_once(child, call, loaded.release)
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
    except TimeoutError:
        # also where time runs out after the last moment
        return None


def _times_displaced() -> int:
    """Count how often this process had to leave the processor to others, wanting to go on."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_nivcsw


def _interrupt(*_: object) -> None:
    raise TimeoutError("the rehearsal took too long")
