"""The child process of the spawn runtime: one scenario, stock fastapi-mcp, one HTTP server on an inherited socket.

Run as ``python -m awm_langgraph.environment.spawned SOCKET_FD SANDBOX_LEVEL PARENT_PID`` in the database's folder, with
the scenario's code on standard input and the database's URL in ``DATABASE_PATH``. What goes wrong is printed to
standard error, which is the episode's server log.
"""

from __future__ import annotations

import contextvars
import os
import socket
import sys
from pathlib import Path
from typing import Any, cast

import httpx
import uvicorn
from fastapi_mcp import FastApiMCP
from mcp import types
from mcp.server.lowlevel import Server
from sqlalchemy.orm import close_all_sessions

from awm_langgraph.environment.result_meta import REFUSED_REQUEST_HEADER, REFUSED_REQUEST_META, STATUS_META
from awm_langgraph.environment.scenario_app import load_app
from awm_langgraph.sandbox import SandboxLevel, confine, http_scenario_policy

_APPLICATION_TIMEOUT_SECONDS = 60.0
_answer: contextvars.ContextVar[dict[str, Any]] = contextvars.ContextVar("answer")


def main() -> None:
    """Serve until killed."""
    descriptor, level, parent_pid = int(sys.argv[1]), sys.argv[2], int(sys.argv[3])
    listener = socket.socket(fileno=descriptor)
    code = sys.stdin.read()
    confine(http_scenario_policy(Path.cwd()), cast(SandboxLevel, level), keep=[descriptor], parent_pid=parent_pid)
    app = load_app(code, os.environ["DATABASE_PATH"])
    client = httpx.AsyncClient(
        transport=httpx.ASGITransport(app=app, raise_app_exceptions=False),
        base_url="http://apiserver",
        timeout=_APPLICATION_TIMEOUT_SECONDS,
        event_hooks={"request": [_note_request], "response": [_note_answer]},
    )
    mcp = FastApiMCP(app, http_client=client)
    _report_status(mcp.server)
    mcp.mount_http()
    config = uvicorn.Config(app, log_level="warning", access_log=False, ws="none", lifespan="on", workers=1)
    uvicorn.Server(config).run(sockets=[listener])


async def _note_request(_request: httpx.Request) -> None:
    _answer.get().clear()


async def _note_answer(response: httpx.Response) -> None:
    noted = _answer.get()
    noted[STATUS_META] = response.status_code
    if REFUSED_REQUEST_HEADER in response.headers:
        noted[REFUSED_REQUEST_META] = True
    if response.status_code >= 500:
        # a generated handler that raises leaves its session open, and with it a connection and a lock
        close_all_sessions()


def _report_status(server: Server[Any, Any]) -> None:
    """Put the application's HTTP status into each result's metadata, so that nobody has to read it from the text."""
    handle = server.request_handlers[types.CallToolRequest]

    async def reporting(request: types.CallToolRequest) -> types.ServerResult:
        # what ends before there is a request was refused: by the schema, or because no request can be made of it
        noted: dict[str, Any] = {REFUSED_REQUEST_META: True}
        _answer.set(noted)
        result = await handle(request)
        if isinstance(result.root, types.CallToolResult):
            result.root.meta = noted
        return result

    server.request_handlers[types.CallToolRequest] = reporting


if __name__ == "__main__":
    main()
