"""Look at a confined process from outside: the amounts that no limit of the kernel's bounds for one process."""

from __future__ import annotations

import os
import stat
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice

_BLOCK_BYTES = 512


@dataclass(frozen=True, slots=True)
class Allowance:
    """What a confined process may have at once beneath its own folder, and in its whole life.

    ``written_bytes`` counts all it ever writes, wherever to: files without a name take disk too.
    """

    disk_bytes: int
    files: int = 1000
    threads: int = 64
    written_bytes: int = 1024 * 1024 * 1024


def excess(pid: int, folder: str, allowance: Allowance) -> str:
    """Say in words what a process has more of than allowed, or answer nothing.

    The kernel bounds a file and the memory, but neither the files nor the threads of one process; so look every few
    milliseconds and kill what has too much.
    """
    if _number(pid, "status", "Threads:") > allowance.threads:
        return f"more than {allowance.threads} threads"
    if _number(pid, "io", "wchar:") > allowance.written_bytes:
        return f"more than {allowance.written_bytes} bytes of writing"
    files, disk_bytes = _usage(folder, allowance.files)
    if files > allowance.files:
        return f"more than {allowance.files} files"
    # what is mapped and has neither a name nor a descriptor shows as shared memory, where folders are in memory
    if max(disk_bytes + sum(nameless_files(pid).values()), mapped_bytes(pid)) > allowance.disk_bytes:
        return f"more than {allowance.disk_bytes} bytes of disk"
    return ""


def nameless_files(pid: int) -> dict[tuple[int, int], int]:
    """List the files that a process has open and that no folder names, by device and number: their bytes on disk."""
    found = {}
    try:
        descriptors = os.listdir(f"/proc/{pid}/fd")
    except OSError:
        return {}
    for descriptor in descriptors:
        with suppress(OSError):
            status = os.stat(f"/proc/{pid}/fd/{descriptor}")
            if stat.S_ISREG(status.st_mode) and not status.st_nlink:
                found[status.st_dev, status.st_ino] = status.st_blocks * _BLOCK_BYTES
    return found


def mapped_bytes(pid: int) -> int:
    """Tell how much memory of files in memory, or shared without one, a process has mapped."""
    return 1024 * _number(pid, "status", "RssShmem:")


def _number(pid: int, table: str, name: str) -> int:
    """Read a number that the kernel keeps of a process; 0 where it keeps none, or the process has ended."""
    try:
        with open(f"/proc/{pid}/{table}", encoding="ascii", errors="replace") as lines:
            return next((int(line.split()[1]) for line in lines if line.startswith(name)), 0)
    except (FileNotFoundError, ProcessLookupError, PermissionError):
        return 0


def _usage(folder: str, most_files: int) -> tuple[int, int]:
    """Count files and folders, and their bytes on disk; a folder that hides its content counts as too many."""
    files = disk_bytes = 0
    pending = [folder]
    while pending and files <= most_files:
        try:
            with os.scandir(pending.pop()) as entries:
                for entry in islice(entries, most_files + 1):
                    files += 1
                    disk_bytes += _disk_bytes(entry)
                    if entry.is_dir(follow_symlinks=False):
                        pending.append(entry.path)
        except FileNotFoundError:
            continue
        except OSError:
            return most_files + 1, disk_bytes
    return files, disk_bytes


def _disk_bytes(entry: os.DirEntry[str]) -> int:
    try:
        return entry.stat(follow_symlinks=False).st_blocks * _BLOCK_BYTES
    except FileNotFoundError:
        # Gone meanwhile. The others still count, or a process could hide them by making and removing one all the time.
        return 0
