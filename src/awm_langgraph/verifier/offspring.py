"""End processes: a child with its group, and what a child of a child left to its grandparent."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Collection
from contextlib import suppress


def adopt() -> None:
    """Become the parent of every descendant whose own parent ends, so that none can hide. Linux only."""
    if sys.platform == "linux":
        from awm_langgraph.sandbox import kernel

        kernel.prctl(kernel.PR_SET_CHILD_SUBREAPER, 1)


def end(pid: int) -> int:
    """Kill a child that has not ended by itself, its process group with it, and answer its wait status."""
    for kill in (os.killpg, os.kill):
        with suppress(ProcessLookupError, PermissionError):
            kill(pid, signal.SIGKILL)
    return os.waitpid(pid, 0)[1]


def end_strays(known: Collection[int]) -> None:
    """End the children of this process that are not known: only unconfined code can leave any."""
    try:
        with open(f"/proc/self/task/{os.getpid()}/children", encoding="ascii") as listing:
            children = [int(pid) for pid in listing.read().split()]
    except FileNotFoundError:
        return
    for pid in children:
        if pid not in known:
            end(pid)


def described(status: int) -> str:
    """Say how a process ended, from its wait status."""
    if os.WIFSIGNALED(status):
        return f"its process was ended by {_signal_name(os.WTERMSIG(status))}"
    return f"its process ended without an answer (exit status {os.waitstatus_to_exitcode(status)})"


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        # of the real-time signals only the first and the last have one
        return f"signal {number}"
