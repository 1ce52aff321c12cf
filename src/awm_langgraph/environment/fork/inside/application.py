"""A scenario's application, called in process as an HTTP server would."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import MutableMapping
from typing import TYPE_CHECKING, Any

from fastapi import FastAPI
from sqlalchemy.orm import close_all_sessions

from awm_langgraph.environment.fork.inside.answer import Response
from awm_langgraph.environment.fork.inside.request import Request

if TYPE_CHECKING:
    from awm_langgraph.environment.fork.inside.cookies import Cookies

_Message = MutableMapping[str, Any]


class StartupError(Exception):
    """The application's own startup failed."""


def has_startup(app: FastAPI) -> bool:
    """Tell whether an application may have something to do before its first request."""
    lifespan = app.router.lifespan_context
    is_default = type(lifespan).__name__ == "_DefaultLifespan" and not app.router.on_startup
    return not is_default or bool(app.user_middleware)


class Application:
    """A FastAPI application in a running event loop."""

    def __init__(self, app: FastAPI) -> None:
        self.app = app
        self._lifespan: asyncio.Task[None] | None = None
        self._cookies: Cookies | None = None

    async def start(self) -> None:
        """Run the application's startup handlers, as a server does before its first request.

        Raises:
            StartupError: they failed.
        """
        started: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._lifespan = asyncio.create_task(self._live(started))
        await started

    async def call(self, request: Request) -> Response:
        """Make one request. What the application raises is a 500, as over HTTP.

        Raises:
            AssertionError: the application gave no whole response.
        """
        exchange = _Exchange(request, self._cookies.header(request) if self._cookies else ())
        try:
            await self.app(exchange.scope(), exchange.receive, exchange.send)
        except Exception as error:  # noqa: BLE001 - whatever a handler raises is its answer
            print(f"{request.method} {request.path}: {type(error).__name__}: {error}", file=sys.stderr)  # noqa: T201 - the scenario's log
            exchange.fail()
        response = exchange.response()
        if any(name.lower() == b"set-cookie" for name, _ in response.headers):
            self._keep_cookies(request, response)
        if response.status >= 500:
            # a generated handler that raises leaves its session open, and with it a connection and a lock
            close_all_sessions()
        return response

    def _keep_cookies(self, request: Request, response: Response) -> None:
        from awm_langgraph.environment.fork.inside.cookies import Cookies

        self._cookies = self._cookies or Cookies()
        self._cookies.keep(request, response)

    async def _live(self, started: asyncio.Future[None]) -> None:
        """Speak the lifespan protocol; the process is killed before it comes to a shutdown."""
        messages: list[_Message] = [{"type": "lifespan.startup"}]

        async def receive() -> _Message:
            if messages:
                return messages.pop()
            return await asyncio.get_running_loop().create_future()  # type: ignore[no-any-return] # it never returns

        async def send(message: _Message) -> None:
            if message["type"] == "lifespan.startup.complete":
                started.set_result(None)
            elif message["type"] == "lifespan.startup.failed":
                started.set_exception(StartupError(message.get("message", "")))

        scope = {"type": "lifespan", "asgi": {"version": "3.0", "spec_version": "2.0"}, "state": {}}
        try:
            await self.app(scope, receive, send)
        except BaseException as error:  # noqa: BLE001 - told to whoever waits for the start
            if not started.done():
                started.set_exception(StartupError(f"{type(error).__name__}: {error}"))


class _Exchange:
    """One request and its response, in ASGI's words; what httpx's in-process transport does."""

    def __init__(self, request: Request, more_headers: tuple[tuple[bytes, bytes], ...]) -> None:
        self._request = request
        self._headers_sent = [*request.headers, *more_headers]
        self._is_read = False
        self._status: int | None = None
        self._headers: tuple[tuple[bytes, bytes], ...] = ()
        self._body: list[bytes] = []
        self._complete = asyncio.Event()

    def scope(self) -> dict[str, Any]:
        """Describe the request."""
        request = self._request
        return {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": request.method,
            "headers": self._headers_sent,
            "scheme": "http",
            "path": request.path,
            "raw_path": request.raw_path,
            "query_string": request.query,
            "server": ("apiserver", None),
            "client": ("127.0.0.1", 123),
            "root_path": "",
        }

    async def receive(self) -> _Message:
        """Hand over the body, then wait as a client does that has nothing more to say."""
        if self._is_read:
            await self._complete.wait()
            return {"type": "http.disconnect"}
        self._is_read = True
        return {"type": "http.request", "body": self._request.body, "more_body": False}

    async def send(self, message: _Message) -> None:
        """Collect the response."""
        if message["type"] == "http.response.start":
            self._status = message["status"]
            self._headers = tuple((bytes(name), bytes(value)) for name, value in message.get("headers", ()))
        elif message["type"] == "http.response.body":
            self._body.append(message.get("body", b""))
            if not message.get("more_body", False):
                self._complete.set()

    def fail(self) -> None:
        """Note that the application raised: what it has not said by now is a 500."""
        self._complete.set()
        if self._status is None:
            self._status = 500

    def response(self) -> Response:
        """Give the whole response."""
        assert self._complete.is_set()
        assert self._status is not None
        return Response(self._status, self._headers, b"".join(self._body))
