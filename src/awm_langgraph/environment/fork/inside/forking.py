"""What every process of the fork tree does at birth: be bound to its parent, speak to its log, and never return."""

from __future__ import annotations

import gc
import os
import resource
import signal
import sys
import tempfile
import traceback
from collections.abc import Callable, Iterable
from io import TextIOBase
from pathlib import Path

from awm_langgraph.sandbox import kernel

LOG_BYTES = 1024 * 1024
"""Most that one process writes to its log through ``print`` and ``logging``; the rest is dropped."""


class LogStream(TextIOBase):
    """Standard output or error of a forked process: unbuffered, bounded, whatever descriptor it is pointed at."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self.bytes_left = LOG_BYTES

    @property
    def encoding(self) -> str:  # type: ignore[override] # a text stream's encoding is declared as a plain attribute
        """Name the encoding, which ``logging`` and ``print`` ask for."""
        return "utf-8"

    def fileno(self) -> int:
        """Answer the descriptor behind the stream."""
        return self._descriptor

    def writable(self) -> bool:
        """Tell that it can be written."""
        return True

    def write(self, text: str) -> int:
        """Write what the bound leaves room for; a log that cannot be written loses it."""
        data = text.encode("utf-8", "backslashreplace")[: self.bytes_left]
        self.bytes_left -= len(data)
        try:
            os.write(self._descriptor, data)
        except OSError:
            self.bytes_left = 0
        return len(text)


def use_log_streams() -> None:
    """Put log streams where ``print`` and ``logging`` write."""
    sys.stdout = LogStream(1)
    sys.stderr = LogStream(2)


def log_to(descriptor: int) -> None:
    """Point standard output and error at an open log."""
    os.dup2(descriptor, 1)
    os.dup2(descriptor, 2)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, LogStream):
            stream.bytes_left = LOG_BYTES


def fall_silent() -> None:
    """Let go of the log: it belongs to the episode that happened to come first."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    log_to(nowhere)
    os.close(nowhere)


def enter(folder: Path) -> None:
    """Work in a folder from now on; temporary files go there too."""
    os.chdir(folder)
    # remembered since it was first asked for, and inherited: it is to be found out anew, for this folder
    tempfile.tempdir = None


def keep_only(descriptors: Iterable[int]) -> None:
    """Close every descriptor above 2 but these: a forked process inherits its siblings' too."""
    first = 3
    for descriptor in sorted(descriptors):
        os.closerange(first, descriptor)
        first = descriptor + 1
    os.closerange(first, resource.getrlimit(resource.RLIMIT_NOFILE)[0])


def fork_into(become: Callable[[], None]) -> int:
    """Fork a child that does one thing and ends; answer its pid.

    Raises:
        OSError: the system has no room for another process.
    """
    parent = os.getpid()
    # what is there already is not looked at by the child's collections, which would copy its pages
    gc.freeze()
    pid = os.fork()
    if pid:
        return pid
    status = 1
    try:
        die_with(parent)
        become()
        status = 0
    except BaseException:  # noqa: BLE001 - the child must not go on as its parent, whatever it met
        traceback.print_exc()
    finally:
        os._exit(status)


def die_with(parent: int) -> None:
    """Have the kernel kill this process when the thread that forked it ends."""
    kernel.prctl(kernel.PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        raise ProcessLookupError("the parent ended before its child was bound to it")


def adopt_orphans() -> None:
    """Become the parent of every descendant whose own parent ends."""
    kernel.prctl(kernel.PR_SET_CHILD_SUBREAPER, 1)


def reap_nothing() -> None:
    """Let the kernel clear away children that end."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
