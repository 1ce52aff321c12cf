"""A scenario's code, executed in a process that will be forked from."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from sqlalchemy import Engine, event
from sqlalchemy.orm import close_all_sessions

from awm_langgraph.environment.scenario_app import MODULE_NAME, load_app

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

    def release(self) -> None:
        """Close sessions and connections, and wait for worker threads: none of them must cross a fork."""
        close_all_sessions()
        for engine in self._engines:
            engine.dispose()
        _await_threads()


def bind_to(database: Path) -> None:
    """Send every connection that is opened from now on to this file, whatever its engine was made for."""
    global _bound_to
    _bound_to = str(database)


@event.listens_for(Engine, "do_connect")
def _redirect(_dialect: object, _record: object, arguments: list[Any], _options: dict[str, Any]) -> None:
    arguments[0] = _bound_to


def _await_threads() -> None:
    """Wait for the worker threads that a handler used."""
    for thread in threading.enumerate():
        if thread is not threading.main_thread():
            thread.join(_JOIN_SECONDS)
