"""The runner's hold on its zygotes: one per process and level, started when first needed, again when one has died."""

from __future__ import annotations

import atexit
import logging
import os
import socket
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

from awm_langgraph.sandbox import SandboxLevel, held_folder
from awm_langgraph.sandbox.erase import erase
from awm_langgraph.sandbox.scratch import roomy_folder
from awm_langgraph.verifier.protocol import READY, Order, send_files, send_order

_logger = logging.getLogger(__name__)

_BOOT = "import sys; sys.path.append(sys.argv[1]); from awm_langgraph.verifier.zygote import main; main()"
_PREFIX = "awm-verifier-"
_START_SECONDS = 30.0
_STOP_SECONDS = 5.0
_LOADER_VARIABLES = ("LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH")
"""All that a zygote inherits: an interpreter may not even start without these."""
_OWN_VARIABLES = {"SQLITE_TMPDIR": ".", "MALLOC_ARENA_MAX": "1"}
"""SQLite chooses its place for temporary files once, when it is loaded; in a child this means its own folder.

The GNU C library would reserve 64 MiB of address space for every other thread: a dozen would be all that fits.
"""


class ZygoteError(Exception):
    """A zygote that could not be started."""


class ZygoteProcess:
    """A running zygote. It ends, and removes all it made, when this process does, however that ends.

    Raises:
        ZygoteError: It did not start, or its children cannot be confined at this level; the message says why.
    """

    def __init__(self, level: SandboxLevel) -> None:
        place = roomy_folder()
        # a zygote that was killed before its runner was removes nothing
        held_folder.sweep(place, _PREFIX)
        self._folder = tempfile.mkdtemp(prefix=_PREFIX, dir=place)
        self._lock = held_folder.hold(Path(self._folder))
        self._control, theirs = socket.socketpair()
        package_root = str(Path(__file__).parents[2])
        with theirs:
            arguments = [package_root, str(theirs.fileno()), self._folder, level]
            self._process = subprocess.Popen(
                [sys.executable, "-I", "-S", "-X", "utf8", "-c", _BOOT, *arguments],
                env=_OWN_VARIABLES | {name: os.environ[name] for name in _LOADER_VARIABLES if name in os.environ},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                pass_fds=[theirs.fileno()],
                start_new_session=True,
                cwd="/",
            )
        word = self._first_word()
        if word != READY:
            last_words = self.stop()
            raise ZygoteError(word.decode(errors="replace") or last_words)
        self._control.setblocking(False)

    @property
    def pid(self) -> int:
        """Its process."""
        return self._process.pid

    @property
    def is_alive(self) -> bool:
        """Tell whether it still takes orders."""
        return self._process.poll() is None

    def open_channel(self, order: Order, files: list[int], request_bytes: int) -> socket.socket:
        """Order a run and answer its channel, on which a request of that many bytes is to follow.

        Raises:
            BlockingIOError: Many orders are waiting; try again later.
            OSError: The zygote has ended.
        """
        ours, theirs = socket.socketpair()
        try:
            with theirs:
                send_order(self._control, order, theirs)
            send_files(ours, files, request_bytes)
            ours.setblocking(False)
        except BaseException:
            ours.close()
            raise
        return ours

    def stop(self) -> str:
        """End it, make sure that nothing of it is left, and answer its last words, which are few unless it failed."""
        self._control.close()
        try:
            _, words = self._process.communicate(timeout=_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            _, words = self._process.communicate()
        erase(self._folder)
        if self._lock >= 0:
            os.close(self._lock)
            self._lock = -1
        lines = words.decode(errors="replace").splitlines()
        return lines[-1] if lines else f"exit status {self._process.returncode}"

    def _first_word(self) -> bytes:
        self._control.settimeout(_START_SECONDS)
        try:
            return self._control.recv(4096)
        except TimeoutError:
            return f"it did not start within {_START_SECONDS:g} s".encode()


_zygotes: dict[tuple[int, SandboxLevel], ZygoteProcess] = {}
_lock = threading.Lock()


def running(level: SandboxLevel) -> ZygoteProcess | None:
    """Answer this process's zygote for a level, if there is one and it lives."""
    # A process forked from this one finds its parent's zygotes under its parent's number and starts its own.
    found = _zygotes.get((os.getpid(), level))
    return found if found and found.is_alive else None


def start(level: SandboxLevel) -> ZygoteProcess:
    """Answer the same, started where there is none or it has died. Blocks meanwhile.

    Raises:
        ZygoteError: It cannot be started; the message says why.
    """
    with _lock:
        found = running(level)
        if found:
            return found
        dead = _zygotes.pop((os.getpid(), level), None)
        if dead:
            _lay_to_rest(dead)
        return _zygotes.setdefault((os.getpid(), level), ZygoteProcess(level))


def discard(level: SandboxLevel, lost: ZygoteProcess) -> None:
    """Give up a zygote that no longer answers, unless somebody has done so already. Blocks until it has ended."""
    with _lock:
        if _zygotes.get((os.getpid(), level)) is lost:
            del _zygotes[(os.getpid(), level)]
            _lay_to_rest(lost)


def _lay_to_rest(dead: ZygoteProcess) -> None:
    _logger.warning("The process that verifiers are forked from has ended (%s); the next run starts one.", dead.stop())


@atexit.register
def stop_all() -> None:
    """End this process's zygotes; the next run starts new ones."""
    with _lock:
        for key in [key for key in _zygotes if key[0] == os.getpid()]:
            _zygotes.pop(key).stop()
