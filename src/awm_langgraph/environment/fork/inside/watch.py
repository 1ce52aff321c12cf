"""Bounds on a scenario that no limit of the kernel's sets: all its processes together, and the files of an episode.

A scenario's zygote may fork, and what it executed at its start may use that; any of its processes may write one file
after the other. The root zygote looks now and then, at first only at what the whole machine has more of than before.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from awm_langgraph.environment.memory import machine_bytes
from awm_langgraph.sandbox.watch import Allowance, excess, mapped_bytes, nameless_files

LOOK_MILLISECONDS = 500

MOST_PROCESSES = 2000
"""Of one scenario: episodes that live at the same time, and some."""

MOST_THREADS = 16_000
"""Of one scenario, all its processes together."""

ALLOWANCE = Allowance(disk_bytes=512 * 1024**2)
"""Of one episode."""

MOST_MEMORY_SHARE = 0.9
"""Of the machine's memory that one scenario's processes may have together: more than a pool allows them, which puts
episodes to sleep at its bound where this would end them."""

MOST_HIDDEN_SHARE = 0.5
"""Of the live databases' file system that one scenario's files without a name may take."""

_MORE_TASKS = 256
_LESS_BYTES = 256 * 1024**2
_PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")


@dataclass(frozen=True, slots=True)
class Process:
    """A process of this machine, with the leader of its group and the number of its threads."""

    leader: int
    pid: int
    threads: int


class Watch:
    """Remembers how much there was at its last look."""

    def __init__(self, live_root: Path) -> None:
        self._live_root = live_root
        self._tasks = _tasks()
        self._free_bytes = _free_bytes(live_root)
        self._available_bytes = _available_bytes()

    def offenders(self, territories: Mapping[int, Path]) -> list[int]:
        """List the process groups, by leader and with their territories, that have more than is allowed."""
        tasks, free, available = _tasks(), _free_bytes(self._live_root), _available_bytes()
        has_more_tasks = tasks > self._tasks + _MORE_TASKS
        has_less_free = free < self._free_bytes - _LESS_BYTES
        has_less_memory = available < self._available_bytes - _LESS_BYTES
        # small changes add up until the next thorough look
        self._tasks = tasks if has_more_tasks else min(tasks, self._tasks)
        self._free_bytes = free if has_less_free else max(free, self._free_bytes)
        self._available_bytes = available if has_less_memory else max(available, self._available_bytes)
        if not (has_more_tasks or has_less_free or has_less_memory):
            return []
        found = []
        for leader, group in groupby(sorted(processes(), key=_leader), key=_leader):
            territory, members = territories.get(leader), tuple(group)
            if territory is not None and (
                (has_more_tasks and _are_too_many(members))
                or (has_less_free and _write_too_much(leader, territory, members))
                or (has_less_memory and _fill_memory(members))
            ):
                found.append(leader)
        return found


def processes() -> Iterator[Process]:
    """Look at every process of this machine."""
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            with suppress(OSError):
                after_name = Path("/proc", entry, "stat").read_text().rpartition(")")[2].split()
                yield Process(leader=int(after_name[2]), pid=int(entry), threads=int(after_name[17]))


def _leader(process: Process) -> int:
    return process.leader


def _are_too_many(members: Sequence[Process]) -> bool:
    return len(members) > MOST_PROCESSES or sum(member.threads for member in members) > MOST_THREADS


def _write_too_much(leader: int, territory: Path, members: Sequence[Process]) -> bool:
    try:
        episodes = [entry.path for entry in os.scandir(territory)]
        status, device = os.statvfs(territory), territory.stat().st_dev
    except OSError:
        return False
    hidden: dict[tuple[int, int], int] = {}
    for member in members:
        theirs = {file: size for file, size in nameless_files(member.pid).items() if file[0] == device}
        if max(sum(theirs.values()), mapped_bytes(member.pid)) > ALLOWANCE.disk_bytes:
            return True
        hidden |= theirs
    is_most_hidden = sum(hidden.values()) > MOST_HIDDEN_SHARE * status.f_blocks * status.f_frsize
    return is_most_hidden or any(excess(leader, episode, ALLOWANCE) for episode in episodes)


def _fill_memory(members: Sequence[Process]) -> bool:
    """Tell whether processes have too much together; pages that they share are told apart only where it matters."""
    most = MOST_MEMORY_SHARE * machine_bytes()
    return sum(_resident_bytes(member.pid) for member in members) > most and (
        sum(_own_bytes(member.pid) for member in members) > most
    )


def _resident_bytes(pid: int) -> int:
    """Read the memory of a process that is no file's; what it shares with those forked with it counts in each."""
    with suppress(OSError):
        _, resident, of_files, *_ = Path(f"/proc/{pid}/statm").read_text().split()
        return (int(resident) - int(of_files)) * _PAGE_BYTES
    return 0


def _own_bytes(pid: int) -> int:
    """Read the same with what is shared divided by how many share it; takes a millisecond."""
    with suppress(OSError):
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
        return 1024 * sum(int(line.split()[1]) for line in lines if line.startswith("Pss_Anon:"))
    return 0


def _tasks() -> int:
    """Count the machine's threads, which is quick."""
    return int(Path("/proc/loadavg").read_text().split()[3].partition("/")[2])


def _available_bytes() -> int:
    lines = Path("/proc/meminfo").read_text().splitlines()
    return 1024 * next((int(line.split()[1]) for line in lines if line.startswith("MemAvailable:")), 0)


def _free_bytes(folder: Path) -> int:
    try:
        status = os.statvfs(folder)
    except OSError:
        return 0
    return status.f_bavail * status.f_frsize
