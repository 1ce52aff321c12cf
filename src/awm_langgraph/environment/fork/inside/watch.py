"""Bounds on a scenario that no limit of the kernel's sets: all its processes together, and the files of an episode.

A scenario's zygote may fork, and what it executed at its start may use that; any of its processes may write one file
after the other. The root zygote looks now and then, at first only at what the whole machine has more of than before.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path

from awm_langgraph.sandbox.watch import Allowance, excess

LOOK_MILLISECONDS = 500

MOST_PROCESSES = 2000
"""Of one scenario: episodes that live at the same time, and some."""

ALLOWANCE = Allowance(disk_bytes=512 * 1024**2)
"""Of one episode."""

_MORE_TASKS = 256
_LESS_FREE_BYTES = 256 * 1024**2


class Watch:
    """Remembers how much there was at its last look."""

    def __init__(self, live_root: Path) -> None:
        self._live_root = live_root
        self._tasks = _tasks()
        self._free_bytes = _free_bytes(live_root)

    def offenders(self, territories: Mapping[int, Path]) -> list[int]:
        """List the process groups, by leader and with their territories, that have more than is allowed."""
        found = []
        tasks, free_bytes = _tasks(), _free_bytes(self._live_root)
        if tasks > self._tasks + _MORE_TASKS:
            sizes = Counter(groups())
            found += [leader for leader in territories if sizes[leader] > MOST_PROCESSES]
        if free_bytes < self._free_bytes - _LESS_FREE_BYTES:
            found += [leader for leader, territory in territories.items() if _is_excessive(leader, territory)]
        # small changes add up until the next thorough look
        if tasks < self._tasks or tasks > self._tasks + _MORE_TASKS:
            self._tasks = tasks
        if free_bytes > self._free_bytes or free_bytes < self._free_bytes - _LESS_FREE_BYTES:
            self._free_bytes = free_bytes
        return found


def groups() -> Iterable[int]:
    """Answer the process group of every process of this machine."""
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            with suppress(OSError):
                after_name = Path("/proc", entry, "stat").read_text().rpartition(")")[2].split()
                yield int(after_name[2])


def _tasks() -> int:
    """Count the machine's threads, which is quick."""
    return int(Path("/proc/loadavg").read_text().split()[3].partition("/")[2])


def _free_bytes(folder: Path) -> int:
    try:
        status = os.statvfs(folder)
    except OSError:
        return 0
    return status.f_bavail * status.f_frsize


def _is_excessive(leader: int, territory: Path) -> bool:
    try:
        episodes = [entry.path for entry in os.scandir(territory)]
    except OSError:
        return False
    return any(excess(leader, episode, ALLOWANCE) for episode in episodes)
