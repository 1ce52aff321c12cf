"""The folder of a runner's live databases, in memory where there is enough of it; it does not outlive the runner.

The root zygote removes it when the runner ends. Should both be killed at once, the next root zygote does: a folder in
use is locked, and the kernel lets go of a lock with the process that holds it.
"""

from __future__ import annotations

import fcntl
import os
import secrets
import shutil
import time
from contextlib import suppress
from pathlib import Path

from awm_langgraph.sandbox.scratch import roomy_folder

_PREFIX = "awm-live-"
_SECONDS_TO_LOCK = 60.0
_PARENT = roomy_folder()


class LiveRoot:
    """A folder that has its name at once, so that an event loop may ask for it, and is made when it is claimed."""

    def __init__(self, parent: Path = _PARENT) -> None:
        self._parent = parent
        self._lock = -1
        self.path = self._new_path()

    def claim(self) -> None:
        """Make the folder for this user alone, or take it over, and hold it."""
        if self._lock < 0:
            self.path.mkdir(mode=0o700, exist_ok=True)
            self.path.chmod(0o700)
            self._lock = os.open(self.path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
            fcntl.flock(self._lock, fcntl.LOCK_EX)

    def remove(self) -> None:
        """Drop the folder with all in it; the next one has another name."""
        path, self.path = self.path, self._new_path()
        shutil.rmtree(path, ignore_errors=True)
        if self._lock >= 0:
            os.close(self._lock)
            self._lock = -1

    def _new_path(self) -> Path:
        return self._parent / f"{_PREFIX}{secrets.token_hex(8)}"


def sweep(ours: Path) -> None:
    """Remove the folders beside ours whose runners are gone."""
    for folder in ours.parent.glob(f"{_PREFIX}*"):
        # it may be gone, somebody else's or in use
        with suppress(OSError):
            if folder != ours and folder.stat().st_mtime < time.time() - _SECONDS_TO_LOCK:
                _remove_unlocked(folder)


def _remove_unlocked(folder: Path) -> None:
    lock = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        shutil.rmtree(folder, ignore_errors=True)
    finally:
        os.close(lock)
