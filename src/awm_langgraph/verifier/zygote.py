"""The process that verifiers' children are forked from.

It has the usual modules of the standard library loaded, no thread, no secret and no environment, and it runs nobody's
code. A few children wait, confined already, for a run; each does one and ends. The zygote keeps their clocks, watches
what they use, kills what goes too far, and removes what is left.
"""

from __future__ import annotations

import gc
import os
import secrets
import select
import socket
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from itertools import count
from typing import cast

from awm_langgraph.sandbox import SandboxLevel
from awm_langgraph.sandbox.erase import erase
from awm_langgraph.sandbox.watch import Allowance, excess
from awm_langgraph.verifier import library, offspring
from awm_langgraph.verifier.child import live, prepare
from awm_langgraph.verifier.protocol import (
    CONFINED,
    READY,
    SAID_BYTES,
    TOKEN_BYTES,
    Order,
    Reply,
    decode_answer,
    encode_reply,
    receive_order,
)

_SPARES = 2  # a verdict takes two: the verifier and its control
_MOST_RUNNING = max(4, 2 * (os.cpu_count() or 1))
_WATCH_SECONDS = 0.02
_IDLE_SECONDS = 1.0
_START_SECONDS = 30.0
_READ_BYTES = 65536


@dataclass(slots=True, eq=False)
class Child:
    """A child and all that it has said."""

    pid: int
    link: socket.socket
    folder: str
    token: bytes
    said: bytearray = field(default_factory=bytearray)


@dataclass(slots=True, eq=False)
class Run:
    """A child that was given a run; the channel is None once the runner has its reply."""

    child: Child
    channel: socket.socket | None
    order: Order
    deadline: float


class Zygote:
    """One loop over the runner's orders, the children's words and the clock."""

    def __init__(self, control: socket.socket, folder: str, level: SandboxLevel) -> None:
        self._control = control
        self._folder = folder
        self._level: SandboxLevel = level
        self._runner_pid = os.getppid()
        self._numbers = count()
        self._spares: list[Child] = []
        self._wants_spares = True
        self._runs: list[Run] = []
        self._ended: list[Child] = []
        self._poll = select.poll()
        self._handlers: dict[int, Callable[[], None]] = {}
        self._next_watch = 0.0

    def serve(self) -> None:
        """Take orders until the runner ends."""
        complaint = self._first_child()
        self._control.sendall(complaint or READY)
        is_open = not complaint
        while is_open and os.getppid() == self._runner_pid:
            # At capacity orders wait in the socket; its end is told all the same.
            self._poll.register(self._control, select.POLLIN if len(self._runs) < _MOST_RUNNING else 0)
            events = dict(self._poll.poll(1000 * self._patience_seconds()))
            asked = events.pop(self._control.fileno(), None)
            for descriptor in events:
                if descriptor in self._handlers:
                    self._handlers[descriptor]()
            if asked is not None:
                # Last, because it opens descriptors, whose numbers the events above may still name.
                is_open = bool(asked & select.POLLIN) and self._take_order()
            elif not events:
                self._tidy()
            self._watch()

    def end(self) -> None:
        """End every child and remove every trace."""
        for child in self._children():
            offspring.end(child.pid)
        offspring.end_strays(known=())
        erase(self._folder)

    def _children(self) -> list[Child]:
        return [*self._spares, *self._ended, *(run.child for run in self._runs)]

    def _patience_seconds(self) -> float:
        if self._ended:
            return 0.0
        if self._runs:
            return _WATCH_SECONDS
        return 0.0 if self._wants_spares else _IDLE_SECONDS

    def _tidy(self) -> None:
        """Do one thing that can wait, when nothing else is to be done: it takes a millisecond."""
        if self._ended:
            self._bury(self._ended[0])
        elif self._wants_spares:
            self._add_spare()

    def _first_child(self) -> bytes:
        """Fork a first child and wait until it is confined; answers what it says against that, if anything."""
        child = self._fork(is_spare=True)
        child.link.settimeout(_START_SECONDS)
        word = child.link.recv(_READ_BYTES)
        child.link.setblocking(False)
        child.said += word
        self._spares.append(child)
        return b"" if word == CONFINED else word or b"its first child ended at once"

    def _fork(self, *, is_spare: bool) -> Child:
        folder = f"{self._folder}/{next(self._numbers)}"
        os.mkdir(folder, 0o700)
        ours, theirs = socket.socketpair()
        token = secrets.token_bytes(TOKEN_BYTES)
        zygote_pid = os.getpid()
        pid = os.fork()
        if pid == 0:
            live(theirs, folder, token, self._level, parent_pid=zygote_pid, is_spare=is_spare)
        theirs.close()
        ours.setblocking(False)
        child = Child(pid, ours, folder, token)
        self._listen(ours, select.POLLIN, partial(self._hear, child))
        return child

    def _add_spare(self) -> None:
        try:
            self._spares.append(self._fork(is_spare=True))
        except OSError:
            # No room for a folder or a process now: the next order tries again, and tells the runner.
            self._wants_spares = False
            return
        self._wants_spares = len(self._spares) < _SPARES

    def _take_order(self) -> bool:
        """Hand one order to a child; False when the runner has ended."""
        taken = receive_order(self._control)
        if taken is None:
            return False
        order, descriptor = taken
        channel = socket.socket(fileno=descriptor)
        try:
            child = self._spares.pop() if self._spares else self._fork(is_spare=False)
            socket.send_fds(child.link, [b"!"], [descriptor])
        except OSError as error:
            self._send(channel, encode_reply(Reply("error", f"no process for it: {error}".encode())))
            return True
        now = time.monotonic()
        if not self._runs:
            self._next_watch = now + _WATCH_SECONDS
        run = Run(child, channel, order, now + order.timeout_seconds)
        self._runs.append(run)
        self._wants_spares = True
        self._listen(channel, 0, partial(self._give_up, run))
        return True

    def _hear(self, child: Child) -> None:
        """Collect what a child says: reply when its answer is complete, remove it when it ends."""
        try:
            data = child.link.recv(_READ_BYTES)
        except ConnectionResetError:
            data = b""  # it ended before it took the run that it was given
        child.said += data
        run = next((run for run in self._runs if run.child is child), None)
        answer = decode_answer(child.token, child.said)
        if run and answer is not None:
            self._reply(run, Reply("answered", answer))
        if answer is not None:
            # complete, so its place is the next one's, whatever it would still like to do
            self._retire(child)
            return
        if data and len(child.said) <= SAID_BYTES:
            return
        status = self._bury(child)
        if run:
            self._reply(run, _without_answer(child, status))

    def _watch(self) -> None:
        now = time.monotonic()
        if now < self._next_watch:
            return
        self._next_watch = now + _WATCH_SECONDS
        for child in list(self._ended):
            self._bury(child)
        for run in list(self._runs):
            if now >= run.deadline:
                self._stop(run, Reply("timeout", f"it took longer than {run.order.timeout_seconds:g} s".encode()))
            elif reason := excess(run.child.pid, run.child.folder, Allowance(run.order.disk_bytes)):
                self._stop(run, Reply("killed", f"it used {reason}".encode()))

    def _retire(self, child: Child) -> None:
        """Put a child aside that has nothing more to say, to be buried when there is time."""
        self._forget(child.link)
        self._runs = [run for run in self._runs if run.child is not child]
        self._ended.append(child)

    def _stop(self, run: Run, reply: Reply) -> None:
        self._bury(run.child)
        self._reply(run, reply)

    def _give_up(self, run: Run) -> None:
        """Stop what the runner no longer waits for."""
        self._stop(run, Reply("killed", b"the runner gave it up"))

    def _bury(self, child: Child) -> int:
        """End a child, and leave nothing of it behind; answers its wait status."""
        status = offspring.end(child.pid)
        if child in self._spares:
            # It ended before its time. Another one now would perhaps do the same, again and again.
            self._spares.remove(child)
            self._wants_spares = False
        self._runs = [run for run in self._runs if run.child is not child]
        self._ended = [other for other in self._ended if other is not child]
        offspring.end_strays({other.pid for other in self._children()})
        self._forget(child.link)
        child.link.close()
        erase(child.folder)
        return status

    def _reply(self, run: Run, reply: Reply) -> None:
        """Tell the runner how its run ended, unless it knows."""
        if run.channel:
            channel, run.channel = run.channel, None
            self._forget(channel)
            self._send(channel, encode_reply(reply))

    def _send(self, channel: socket.socket, data: bytes) -> None:
        """Send a reply, the rest of it later where the runner is slow to read.

        The channel itself stays blocking: a child that has not yet read its request shares it.
        """
        try:
            rest = data[channel.send(data, socket.MSG_DONTWAIT) :]
        except BlockingIOError:
            rest = data
        except OSError:
            rest = b""  # the runner has gone
        if rest:
            self._listen(channel, select.POLLOUT, partial(self._send, channel, rest))
        else:
            self._forget(channel)
            channel.close()

    def _listen(self, source: socket.socket, events: int, handler: Callable[[], None]) -> None:
        """Call a handler when something happens to a socket; its other side's end always counts."""
        self._poll.register(source, events)
        self._handlers[source.fileno()] = handler

    def _forget(self, source: socket.socket) -> None:
        if self._handlers.pop(source.fileno(), None):
            self._poll.unregister(source)


def _without_answer(child: Child, status: int) -> Reply:
    """Say what went wrong with a child that has ended, or has said too much."""
    if len(child.said) > SAID_BYTES:
        return Reply("killed", b"it wrote more than an answer may hold")
    if child.said != CONFINED:
        return Reply("error", b"its process wrote something that is no answer")
    return Reply("killed" if os.WIFSIGNALED(status) else "error", offspring.described(status).encode())


def main() -> None:
    """Serve one runner; the arguments are where this package lies, the control socket, a folder and a level."""
    package_root, descriptor, folder, level = sys.argv[1:]
    library.load()
    # What verifiers see: the standard library and nothing of ours.
    sys.path.remove(package_root)
    sys.argv[:] = [""]
    prepare(f"{folder}/rehearsal")
    gc.collect()
    gc.freeze()
    gc.disable()
    offspring.adopt()
    zygote = Zygote(socket.socket(fileno=int(descriptor)), folder, cast(SandboxLevel, level))
    try:
        zygote.serve()
    finally:
        zygote.end()
