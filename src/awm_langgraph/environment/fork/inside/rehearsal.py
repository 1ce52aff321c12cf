"""What a scenario's zygote does in its quiet moments: make calls, so that what they leave in its memory is inherited.

The first call of a handler fills caches of FastAPI, pydantic and SQLAlchemy, and CPython specialises code that runs
often. An episode's child that had to do this itself would take several times as long for its first calls.
"""

from __future__ import annotations

import asyncio
import gc
import json
import os
import select
import shutil
import signal
import socket
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from awm_langgraph.environment.fork.inside.answer import Result
from awm_langgraph.environment.fork.inside.child import Child
from awm_langgraph.environment.fork.inside.forking import enter, fork_into, keep_only
from awm_langgraph.environment.fork.inside.loaded import bind_to
from awm_langgraph.sandbox import kernel

Call = tuple[str, dict[str, Any]]

_LONGEST_SECONDS = 10.0
_DONE = b"."
_GO_ON = b"."


class Rehearsal:
    """Calls to be made one after the other, each by a child of its own that lives in this process.

    A scout makes each of them first, over a copy of the database: a fork, so that a call that does not come back, or
    ends the process that makes it, costs no living episode anything.
    """

    def __init__(
        self, calls: Iterable[Call], *, database: Path, serve: Callable[[], Child], release: Callable[[], None]
    ) -> None:
        """Prepare to make these calls; ``release`` lets go of what must not cross a fork."""
        self._left = list(reversed(list(calls)))
        self._database = database
        self._serve = serve
        self._release = release
        self._scout: tuple[int, socket.socket] | None = None

    @property
    def is_over(self) -> bool:
        """Tell whether all calls were made that will be."""
        return not self._left

    def go_on(self, orders: socket.socket) -> None:
        """Make the next call as soon as the scout came back from it, unless an order comes first."""
        try:
            pid, news = self._scout = self._scout or self._send_scout()
        except OSError:
            # no room for another process: there are more important ones
            self._left.clear()
            return
        ready, _, _ = select.select([orders, news], [], [], _LONGEST_SECONDS)
        if news in ready and _came_back(news):
            self._make(self._left.pop())
        elif news in ready:
            self._left.clear()
        elif ready:
            return
        else:
            self._left.clear()
            os.kill(pid, signal.SIGKILL)
        if self.is_over:
            news.close()
            # what nobody needs any more crosses no further fork
            gc.unfreeze()
            gc.collect()

    def _make(self, call: Call) -> None:
        """Make a call and drop its answer.

        It is never interrupted: a library stopped in the middle of its first-time work (SQLAlchemy's mappers) stays
        broken, here and in every fork. A call that does not come back, as it did for the scout, ends this process.
        """
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
        signal.setitimer(signal.ITIMER_REAL, _LONGEST_SECONDS)
        call_once(self._serve(), call, self._release)
        signal.setitimer(signal.ITIMER_REAL, 0)

    def _send_scout(self) -> tuple[int, socket.socket]:
        news, theirs = socket.socketpair()
        with theirs:
            try:
                return fork_into(lambda: self._explore(theirs)), news
            except OSError:
                news.close()
                raise

    def _explore(self, zygote: socket.socket) -> None:
        """Be the scout: make the calls, and tell of each that it came back."""
        kernel.name_process("awm-scout")
        keep_only((zygote.fileno(),))
        folder = self._database.parent / "scout"
        folder.mkdir()
        shutil.copyfile(self._database, folder / self._database.name)
        enter(folder)
        bind_to(folder / self._database.name)
        for call in reversed(self._left):
            call_once(self._serve(), call, self._release)
            zygote.send(_DONE)
            zygote.recv(len(_GO_ON))
        shutil.rmtree(folder)


def _came_back(scout: socket.socket) -> bool:
    """Tell whether the scout came back from its call; it makes the next one while this one is made here."""
    try:
        return bool(scout.recv(len(_DONE))) and bool(scout.send(_GO_ON))
    except OSError:
        return False


def call_once(child: Child, call: Call, release: Callable[[], None]) -> Result:
    """Make one call in an event loop of its own."""
    tool, arguments = call
    line = json.dumps({"id": 0, "name": tool, "arguments": arguments}).encode()
    loop = asyncio.new_event_loop()
    try:
        result: Result = json.loads(loop.run_until_complete(child.answer(line)))["result"]
    finally:
        loop.close()
        release()
    return result
