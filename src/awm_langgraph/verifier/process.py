"""The runner's hold on its zygotes: one per process and level, started when first needed, again when one has died."""

from __future__ import annotations

import atexit
import os
import socket
import subprocess
import sys
import tempfile
import threading
from contextlib import suppress
from pathlib import Path

from awm_langgraph.sandbox import SandboxLevel
from awm_langgraph.sandbox.erase import erase
from awm_langgraph.verifier.protocol import READY, Order, send_files, send_order

_BOOT = "import sys; sys.path.append(sys.argv[1]); from awm_langgraph.verifier.zygote import main; main()"
_START_SECONDS = 30.0
_STOP_SECONDS = 5.0
_LOADER_VARIABLES = ("LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH")
"""All that a zygote inherits: an interpreter may not even start without these."""


class ZygoteError(Exception):
    """A zygote that could not be started."""


class ZygoteProcess:
    """A running zygote. It ends, and removes all it made, when this process does, however that ends.

    Raises:
        ZygoteError: It did not start, or its children cannot be confined at this level; the message says why.
    """

    def __init__(self, level: SandboxLevel) -> None:
        self._folder = tempfile.mkdtemp(prefix="awm-verifier-")
        self._control, theirs = socket.socketpair()
        package_root = str(Path(__file__).parents[2])
        with theirs:
            arguments = [package_root, str(theirs.fileno()), self._folder, level]
            self._process = subprocess.Popen(
                [sys.executable, "-I", "-S", "-X", "utf8", "-c", _BOOT, *arguments],
                env={name: os.environ[name] for name in _LOADER_VARIABLES if name in os.environ},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                pass_fds=[theirs.fileno()],
                start_new_session=True,
                cwd="/",
            )
        try:
            self._await_ready()
        except BaseException:
            self.stop()
            raise

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

    def stop(self) -> None:
        """End it, and make sure that nothing of it is left. May be called again."""
        self._control.close()
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(_STOP_SECONDS)
        self._process.kill()
        self._process.wait()
        if self._process.stderr:
            self._process.stderr.close()
        erase(self._folder)

    def _await_ready(self) -> None:
        self._control.settimeout(_START_SECONDS)
        try:
            word = self._control.recv(4096)
        except TimeoutError as error:
            raise ZygoteError(f"it did not start within {_START_SECONDS:g} s") from error
        if not word and self._process.stderr:
            lines = self._process.stderr.read().decode(errors="replace").splitlines()
            raise ZygoteError(lines[-1] if lines else "it ended at once")
        if word != READY:
            raise ZygoteError(word.decode(errors="replace"))
        self._control.setblocking(False)


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
            dead.stop()
        return _zygotes.setdefault((os.getpid(), level), ZygoteProcess(level))


@atexit.register
def stop_all() -> None:
    """End this process's zygotes; the next run starts new ones."""
    with _lock:
        for key in [key for key in _zygotes if key[0] == os.getpid()]:
            _zygotes.pop(key).stop()
