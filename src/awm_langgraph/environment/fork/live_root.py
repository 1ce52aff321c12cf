"""The folder of a runner's live databases, in memory where there is enough of it; it does not outlive the runner.

The root zygote removes it when the runner ends. Should both be killed at once, the next root zygote does: a folder in
use is locked, and the kernel lets go of a lock with the process that holds it.
"""

from __future__ import annotations

import os
import secrets
import shutil
from pathlib import Path

from awm_langgraph.sandbox import held_folder
from awm_langgraph.sandbox.scratch import roomy_folder

_PREFIX = "awm-live-"
_PARENT = roomy_folder()


class LiveRoot:
    """A folder that has its name at once, so that an event loop may ask for it, and is made when it is claimed."""

    def __init__(self, parent: Path = _PARENT) -> None:
        self._parent = parent
        self._lock = -1
        self.path = self._new_path()

    def claim(self) -> None:
        """Make the folder for this user alone, or take it over, and hold it; also when somebody has removed it."""
        if self._is_held():
            return
        self._let_go()
        self.path.mkdir(mode=0o700, exist_ok=True)
        self.path.chmod(0o700)
        self._lock = held_folder.hold(self.path)

    def remove(self) -> None:
        """Drop the folder with all in it; the next one has another name."""
        path, self.path = self.path, self._new_path()
        shutil.rmtree(path, ignore_errors=True)
        self._let_go()

    def _is_held(self) -> bool:
        if self._lock < 0:
            return False
        try:
            return os.path.samestat(os.fstat(self._lock), self.path.stat())
        except OSError:
            return False

    def _let_go(self) -> None:
        lock, self._lock = self._lock, -1
        if lock >= 0:
            os.close(lock)

    def _new_path(self) -> Path:
        return self._parent / f"{_PREFIX}{secrets.token_hex(8)}"


def sweep(ours: Path) -> None:
    """Remove the folders beside ours whose runners are gone; ours is held, or too new to be one of them."""
    held_folder.sweep(ours.parent, _PREFIX)
