"""The folder of a runner's live databases, in memory where there is enough of it; it does not outlive the runner.

The root zygote removes it when the runner ends. Should both be killed at once, the next root zygote does: a folder in
use is locked, and the kernel lets go of a lock with the process that holds it.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
import time
from contextlib import suppress
from pathlib import Path

_PREFIX = "awm-live-"
_SHARED_MEMORY = Path("/dev/shm")
_ENOUGH_BYTES = 1024**3
_SECONDS_TO_LOCK = 60.0


class LiveRoot:
    """A folder that is made when it is first asked for."""

    def __init__(self) -> None:
        self._path: Path | None = None
        self._lock = -1

    @property
    def path(self) -> Path:
        """The folder, readable by this user alone."""
        if self._path is None:
            self._path = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=_roomy_folder()))
            self._lock = os.open(self._path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
            fcntl.flock(self._lock, fcntl.LOCK_EX)
        return self._path

    def remove(self) -> None:
        """Drop the folder with all in it; there is a new one when it is asked for again."""
        path, self._path = self._path, None
        if path is not None:
            shutil.rmtree(path, ignore_errors=True)
            os.close(self._lock)


def sweep(beside: Path) -> None:
    """Remove the folders beside this one whose runners are gone."""
    for folder in beside.parent.glob(f"{_PREFIX}*"):
        # it may be gone, somebody else's or in use
        with suppress(OSError):
            if folder != beside and folder.stat().st_mtime < time.time() - _SECONDS_TO_LOCK:
                _remove_unlocked(folder)


def _remove_unlocked(folder: Path) -> None:
    lock = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        shutil.rmtree(folder, ignore_errors=True)
    finally:
        os.close(lock)


def _roomy_folder() -> str | None:
    """Choose memory where there is enough of it, else the disk."""
    try:
        status = os.statvfs(_SHARED_MEMORY)
    except OSError:
        return None
    is_usable = status.f_bavail * status.f_frsize >= _ENOUGH_BYTES and os.access(_SHARED_MEMORY, os.W_OK)
    return str(_SHARED_MEMORY) if is_usable else None
