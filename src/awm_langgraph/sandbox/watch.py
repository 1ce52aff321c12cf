"""Look at a confined process from outside: the amounts that no limit of the kernel's bounds for one process."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass

_BLOCK_BYTES = 512


@dataclass(frozen=True, slots=True)
class Allowance:
    """What a confined process may have at once. ``disk_bytes`` and ``files`` are those beneath its own folder."""

    disk_bytes: int
    files: int = 1000
    threads: int = 64


def excess(pid: int, folder: str, allowance: Allowance) -> str:
    """Say in words what a process has more of than allowed, or answer nothing.

    The kernel bounds a file and the memory, but neither the files nor the threads of one process; so look every few
    milliseconds and kill what has too much.
    """
    threads = _threads(pid)
    if threads > allowance.threads:
        return f"more than {allowance.threads} threads"
    files, disk_bytes = _usage(folder, allowance.files)
    if files > allowance.files:
        return f"more than {allowance.files} files"
    if disk_bytes > allowance.disk_bytes:
        return f"more than {allowance.disk_bytes} bytes of disk"
    return ""


def _threads(pid: int) -> int:
    if sys.platform != "linux":
        return 0
    try:
        with open(f"/proc/{pid}/status", encoding="ascii", errors="replace") as status:
            return next((int(line.split()[1]) for line in status if line.startswith("Threads:")), 0)
    except (FileNotFoundError, ProcessLookupError):
        return 0


def _usage(folder: str, most_files: int) -> tuple[int, int]:
    """Count files and folders, and their bytes on disk; a folder that hides its content counts as too many."""
    files = disk_bytes = 0
    pending = [folder]
    while pending and files <= most_files:
        try:
            with os.scandir(pending.pop()) as entries:
                for entry in entries:
                    files += 1
                    disk_bytes += entry.stat(follow_symlinks=False).st_blocks * _BLOCK_BYTES
                    if entry.is_dir(follow_symlinks=False):
                        pending.append(entry.path)
                    if files > most_files:
                        break
        except FileNotFoundError:
            continue
        except OSError:
            return most_files + 1, disk_bytes
    return files, disk_bytes
