"""How much memory servers use, and how many of them a bound on memory leaves room for."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from pathlib import Path

_ASSUMED_BYTES = 40 * 1024**2
"""What a server is taken to use before any was measured: more than a forked one does, less than a spawned one."""

_NEAR = 0.5
_SECONDS_BETWEEN = 1.0
_MAX_SHARE_OF_TIME = 0.05
_PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")


class MemoryGauge:
    """Turns a bound on memory into one on places, by what the live servers are found to use on average.

    Reading one process takes up to a millisecond, so it is done only near the bound, and not all the time.
    """

    def __init__(self, bound_bytes: int) -> None:
        self._bound_bytes = bound_bytes
        self._typical_bytes = _ASSUMED_BYTES
        self._was_measured = False
        self._not_before = 0.0

    def is_due(self, live: int) -> bool:
        """Tell whether so many servers might be too much, and are worth measuring now."""
        is_near = live * max(self._typical_bytes, _ASSUMED_BYTES) >= _NEAR * self._bound_bytes
        return is_near and time.monotonic() >= self._not_before

    def measure(self, pids: Sequence[int]) -> None:
        """Read what these processes use; takes long enough to want a thread."""
        began = time.monotonic()
        found = [size for size in map(private_bytes, pids) if size]
        if found:
            self._typical_bytes = sum(found) // len(found)
            self._was_measured = True
        ended = time.monotonic()
        self._not_before = ended + max(_SECONDS_BETWEEN, (ended - began) / _MAX_SHARE_OF_TIME)

    def capacity(self, most: int) -> int:
        """Say how many servers there may be: ``most``, or as many as the memory allows, and always one."""
        if not self._was_measured:
            return most
        return max(1, min(most, self._bound_bytes // self._typical_bytes))


def private_bytes(pid: int) -> int:
    """Read the memory that a process shares with no other; zero where it is gone or the system does not tell."""
    folder = Path("/proc", str(pid))
    try:
        return _private_of(folder.joinpath("smaps_rollup").read_text())
    except OSError:
        return _resident_of(folder)


def machine_bytes() -> int:
    """Read the memory of this machine, or of the control group that this process is in where that is less."""
    total = os.sysconf("SC_PHYS_PAGES") * _PAGE_BYTES
    try:
        limit = Path("/sys/fs/cgroup/memory.max").read_text().strip()
    except OSError:
        return total
    return min(total, int(limit)) if limit.isdigit() else total


def _private_of(rollup: str) -> int:
    lines = (line.split() for line in rollup.splitlines() if line.startswith("Private_"))
    return 1024 * sum(int(size) for _, size, _ in lines)


def _resident_of(folder: Path) -> int:
    """Settle for what is resident and no file's: it counts pages that forks share in each of them."""
    try:
        _, resident, of_files, *_ = folder.joinpath("statm").read_text().split()
    except (OSError, ValueError):
        return 0
    return (int(resident) - int(of_files)) * _PAGE_BYTES
