"""A scenario's code, executed in a process that will be forked from."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from sqlalchemy import Engine, event
from sqlalchemy.orm import close_all_sessions

from awm_langgraph.environment.fork.inside.application import Application
from awm_langgraph.environment.fork.inside.request import Operation, request_for
from awm_langgraph.environment.scenario_app import MODULE_NAME, load_app

REHEARSAL_SECONDS = 0.25
"""A call that takes longer is interrupted, and is no rehearsal."""

_LONGEST_REHEARSAL_SECONDS = 20.0
_JOIN_SECONDS = 1.0
_bound_to = ""


class Loaded:
    """A scenario's application and what must be let go of before a fork."""

    def __init__(self, code: str, database: Path) -> None:
        """Execute the code in its database's folder, which must be the working folder."""
        self._engines: list[Engine] = []
        bind_to(database)
        # relative, so that code which opens the file by itself finds the one of the episode that it runs in
        os.environ["DATABASE_PATH"] = f"sqlite:///{database.name}"
        self.app: FastAPI = load_app(code, os.environ["DATABASE_PATH"], on_engine=self._engines.append)
        self.release()

    @property
    def module(self) -> Mapping[str, Any]:
        """The global names of the scenario's code."""
        return vars(sys.modules[MODULE_NAME])

    def rehearse(self, operation: Operation, arguments: Mapping[str, Any]) -> None:
        """Make one call for its effect on this process's caches, and drop its answer.

        It is never interrupted: a library stopped in the middle of its first-time work (SQLAlchemy's mappers) stays
        broken, here and in every fork. A call that does not come back ends this process, which is then made anew.
        """
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
        signal.setitimer(signal.ITIMER_REAL, _LONGEST_REHEARSAL_SECONDS)
        self._call(operation, arguments)
        signal.setitimer(signal.ITIMER_REAL, 0)

    def is_quick(self, operation: Operation, arguments: Mapping[str, Any]) -> bool:
        """Tell whether a call may be rehearsed. It is interrupted, so nothing may be forked from this process after."""
        began = time.perf_counter()
        signal.signal(signal.SIGALRM, _interrupt)
        signal.setitimer(signal.ITIMER_REAL, REHEARSAL_SECONDS)
        try:
            self._call(operation, arguments)
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
        return time.perf_counter() - began < REHEARSAL_SECONDS

    def _call(self, operation: Operation, arguments: Mapping[str, Any]) -> None:
        loop = asyncio.new_event_loop()
        try:
            with suppress(Exception):
                loop.run_until_complete(Application(self.app).call(request_for(operation, arguments)))
        finally:
            loop.close()
            self.release()
            _await_threads()

    def release(self) -> None:
        """Close sessions and connections: a connection must not cross a fork."""
        close_all_sessions()
        for engine in self._engines:
            engine.dispose()


def bind_to(database: Path) -> None:
    """Send every connection that is opened from now on to this file, whatever its engine was made for."""
    global _bound_to
    _bound_to = str(database)


@event.listens_for(Engine, "do_connect")
def _redirect(_dialect: object, _record: object, arguments: list[Any], _options: dict[str, Any]) -> None:
    arguments[0] = _bound_to


def _await_threads() -> None:
    """Wait for the worker threads that a handler used: none may live when the process forks."""
    for thread in threading.enumerate():
        if thread is not threading.main_thread():
            thread.join(_JOIN_SECONDS)


def _interrupt(*_: object) -> None:
    raise TimeoutError("the rehearsal took too long")
