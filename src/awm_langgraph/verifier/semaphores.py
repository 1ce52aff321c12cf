"""The semaphore under ``multiprocessing``'s locks and queues, for a process that cannot have any other beside it.

The C library keeps one in a file under ``/dev/shm``, which is out of a verifier's reach. Its threads are all that could
wait for it, so a semaphore of theirs does: ``multiprocessing.pool.ThreadPool`` works.
"""

from __future__ import annotations

import threading
from importlib import import_module
from typing import Any, Final

_RECURSIVE: Final = 0
_MOST: Final = 2**31 - 1


class SemLock:
    """What ``_multiprocessing.SemLock`` is, with the same names."""

    SEM_VALUE_MAX = _MOST
    name = None

    def __init__(self, kind: int, value: int, maxvalue: int, name: str, unlink: bool) -> None:
        """Begin with ``value`` of ``maxvalue`` free; ``name`` and ``unlink`` concern files."""
        self.kind = kind
        self.maxvalue = maxvalue
        self.handle = id(self)
        self._free = value
        self._changed = threading.Condition(threading.Lock())
        self._owner = 0
        self._held = 0

    def acquire(self, block: bool = True, timeout: float | None = None) -> bool:
        """Take one, and tell whether there was one in time; None waits for ever."""
        if self.kind == _RECURSIVE and self._is_mine():
            self._held += 1
            return True
        with self._changed:
            if not self._changed.wait_for(lambda: self._free, (timeout and max(timeout, 0)) if block else 0):
                return False
            self._free -= 1
            self._owner, self._held = threading.get_ident(), self._held + 1
            return True

    __enter__ = acquire

    def release(self) -> None:
        """Give one back."""
        if self.kind == _RECURSIVE:
            if not self._is_mine():
                raise AssertionError("attempt to release recursive lock not owned by thread")
            if self._held > 1:
                self._held -= 1
                return
        with self._changed:
            if self._free >= self.maxvalue:
                raise ValueError("semaphore or lock released too many times")
            self._free += 1
            self._held -= 1
            self._changed.notify()

    def __exit__(self, *_: Any) -> None:
        self.release()

    def _count(self) -> int:
        return self._held

    def _is_mine(self) -> bool:
        return self._held > 0 and self._owner == threading.get_ident()

    def _get_value(self) -> int:
        return self._free

    def _is_zero(self) -> bool:
        return not self._free

    def _after_fork(self) -> None:
        """Do nothing: nothing forks here."""


def install() -> None:
    """Put it in the place of the C library's; a build of Python without ``_multiprocessing`` does without."""
    try:
        below: Any = import_module("_multiprocessing")
    except ImportError:
        return
    below.SemLock = SemLock
