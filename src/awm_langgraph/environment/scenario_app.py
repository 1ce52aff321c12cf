"""Inside a server's child process: turn a scenario's code into an application bound to one database.

Imported only by child processes: it runs code from a data set.
"""

from __future__ import annotations

import sys
import types
from collections.abc import Awaitable, Callable
from typing import Any

import sqlalchemy
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.responses import Response

from awm_langgraph.environment.result_meta import REFUSED_REQUEST_HEADER

MODULE_NAME = "scenario"


def load_app(
    code: str, database_url: str, *, on_engine: Callable[[sqlalchemy.Engine], None] = lambda _: None
) -> FastAPI:
    """Execute a scenario's code with every engine bound to ``database_url``, and mark its refused requests.

    ``on_engine`` is told of every engine that the code makes while it loads.

    Raises:
        ValueError: the code defines no FastAPI application.
    """
    module = types.ModuleType(MODULE_NAME)
    # pydantic and dataclasses look annotations up through sys.modules
    sys.modules[MODULE_NAME] = module
    original = sqlalchemy.create_engine

    def bound_engine(_url: object = None, **options: Any) -> sqlalchemy.Engine:
        engine = original(database_url, **options)
        on_engine(engine)
        return engine

    sqlalchemy.create_engine = bound_engine  # type: ignore[assignment] # scenarios call it in its plainest form
    try:
        exec(compile(code, "app.py", "exec"), module.__dict__)  # noqa: S102 - the purpose of this child process
    finally:
        sqlalchemy.create_engine = original
    app = _application_of(module)
    _mark_refused_requests(app)
    return app


def _application_of(module: types.ModuleType) -> FastAPI:
    named = module.__dict__.get("app")
    if isinstance(named, FastAPI):
        return named
    found = next((value for value in module.__dict__.values() if isinstance(value, FastAPI)), None)
    if found is None:
        raise ValueError("the scenario's code defines no FastAPI application")
    return found


def _mark_refused_requests(app: FastAPI) -> None:
    """Add a header when FastAPI's own validation refuses a request, so that it is told from an application's 422."""
    handler: Callable[[Request, Any], Awaitable[Response]] = app.exception_handlers[RequestValidationError]  # type: ignore[assignment] # FastAPI's own default is there and is async

    async def marked(request: Request, error: Exception) -> Response:
        response = await handler(request, error)
        response.headers[REFUSED_REQUEST_HEADER] = "1"
        return response

    app.add_exception_handler(RequestValidationError, marked)
