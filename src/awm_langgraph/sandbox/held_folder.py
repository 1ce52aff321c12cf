"""Folders that do not outlive their process: held by a lock, which the kernel lets go of with the process."""

from __future__ import annotations

import fcntl
import os
import time
from contextlib import suppress
from pathlib import Path

from awm_langgraph.sandbox.erase import erase

_SECONDS_TO_LOCK = 60.0


def hold(folder: Path) -> int:
    """Lock a folder for this process; answers the descriptor that keeps it locked."""
    lock = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    fcntl.flock(lock, fcntl.LOCK_EX)
    return lock


def sweep(parent: Path, prefix: str) -> None:
    """Remove the folders of that prefix that nobody holds any more; one that is new may yet be locked."""
    for folder in parent.glob(f"{prefix}*"):
        # it may be gone, somebody else's or in use
        with suppress(OSError):
            # one of the future was made before the clock was set back
            if abs(time.time() - folder.stat().st_mtime) > _SECONDS_TO_LOCK:
                _remove_unlocked(folder)


def _remove_unlocked(folder: Path) -> None:
    lock = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        erase(str(folder))
    finally:
        os.close(lock)
