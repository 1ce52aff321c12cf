"""A real HTTP server on loopback that speaks OpenAI's chat completions from a script."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from copy import deepcopy
from dataclasses import dataclass, replace
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socket import SHUT_RDWR, socket
from threading import Event, Lock, Thread
from types import TracebackType
from typing import Any, Self

from awm_langgraph.testing.replies import Reply, failure

_LONGEST_HANG_SECONDS = 60.0
_LONGEST_READ_SECONDS = 10.0
_POLL_SECONDS = 0.01


@dataclass(frozen=True)
class Request:
    """A request as it arrived. Header names are in lower case; ``body`` is empty for a GET."""

    path: str
    headers: dict[str, str]
    body: dict[str, Any]

    @property
    def key(self) -> str:
        """Return the API key it carried, OpenAI's or Azure's way; "" if none."""
        return self.headers.get("api-key") or self.headers.get("authorization", "").removeprefix("Bearer ")


Answerer = Callable[[Request], Reply]


class OpenAIServer:
    """Serves ``/v1/chat/completions`` (Azure's paths too, streamed if asked) and ``/v1/models``.

    ``replies`` are given out in order, one per request, and a 400 says so when none is left; a function answers
    any number. ``requests`` records the chat completions that were asked for. Every call served gets an id of its own,
    unless ``keep_ids`` asks for the replies' own ones, missing or repeated. Use it as a context manager: leaving it
    ends every request still open.
    """

    def __init__(self, replies: Iterable[Reply] | Answerer, *, keep_ids: bool = False) -> None:
        self.requests: list[Request] = []
        self._keep_ids = keep_ids
        self._answer = replies if callable(replies) else _in_order(replies)
        self._lock = Lock()
        self._closing = Event()
        self._http = _HTTPServer(self)
        self._thread = Thread(target=self._http.serve_forever, args=(_POLL_SECONDS,), name="OpenAIServer")

    @property
    def url(self) -> str:
        """Return the server's root, which Azure's clients take."""
        return f"http://127.0.0.1:{self._http.server_port}"

    @property
    def base_url(self) -> str:
        """Return the URL that a role's ``base_url`` takes."""
        return f"{self.url}/v1"

    def reply_to(self, request: Request) -> Reply | None:
        """Record a request and find its reply; None if the server closed while it hung."""
        with self._lock:
            self.requests.append(request)
            reply = self._answer(request)
            number = len(self.requests)
        if reply.hangs:
            self._closing.wait(_LONGEST_HANG_SECONDS)
            return None
        if self._keep_ids:
            return reply
        return replace(reply, body=_with_call_ids(reply.body, number))

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._closing.set()
        self._http.shutdown()
        self._thread.join()
        self._http.hang_up()
        self._http.server_close()


def _in_order(replies: Iterable[Reply]) -> Answerer:
    left = iter(replies)
    none_left = failure(HTTPStatus.BAD_REQUEST, message="this server has no reply left")
    return lambda _request: next(left, none_left)


def _with_call_ids(completion: Mapping[str, Any], number: int) -> Mapping[str, Any]:
    """Give every call an id of its own, also when one reply is served many times."""
    numbered = deepcopy(dict(completion))
    for choice in numbered.get("choices") or ():
        for place, call in enumerate(choice["message"].get("tool_calls", ()), start=1):
            call["id"] = f"call_{number}_{place}"
    return numbered


class _HTTPServer(ThreadingHTTPServer):
    daemon_threads = False  # so that closing waits for the threads that serve

    def __init__(self, owner: OpenAIServer) -> None:
        self.owner = owner
        self._open: set[socket] = set()
        super().__init__(("127.0.0.1", 0), _Handler)

    def process_request(self, request: Any, client_address: Any) -> None:
        self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        self._open.discard(request)
        super().shutdown_request(request)

    def hang_up(self) -> None:
        """End the connections that clients keep open for a next request."""
        for connection in tuple(self._open):
            with suppress(OSError):
                connection.shutdown(SHUT_RDWR)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Let a client hang up without a word; anything else is printed."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    server: _HTTPServer
    protocol_version = "HTTP/1.1"
    timeout = _LONGEST_READ_SECONDS

    def do_GET(self) -> None:
        if self.path.endswith("/models"):
            self._send_json({"object": "list", "data": [{"id": "served", "object": "model", "owned_by": "test"}]})
        else:
            self._send_json({"error": {"message": f"no such path: {self.path}"}}, HTTPStatus.NOT_FOUND)

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers.get("content-length", 0))) or b"{}")
        if not self.path.partition("?")[0].endswith("/chat/completions"):
            self._send_json({"error": {"message": f"no such path: {self.path}"}}, HTTPStatus.NOT_FOUND)
            return
        headers = {name.lower(): value for name, value in self.headers.items()}
        reply = self.server.owner.reply_to(Request(self.path, headers, body))
        if reply is None:
            self.close_connection = True
            return
        if body.get("stream") and reply.body.get("choices"):
            self._send("text/event-stream", "".join(_events(reply.body)).encode())
        else:
            self._send_json(reply.body, reply.status)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
        """Keep the test run's output clean."""

    def _send_json(self, body: Mapping[str, Any], status: int = HTTPStatus.OK) -> None:
        self._send("application/json", json.dumps(body).encode(), status)

    def _send(self, content_type: str, body: bytes, status: int = HTTPStatus.OK) -> None:
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        # Clients back off before they try again: as short as they will believe.
        self.send_header("Retry-After-Ms", "1")
        self.end_headers()
        self.wfile.write(body)


def _events(completion: Mapping[str, Any]) -> Iterator[str]:
    """Tell a whole completion as a stream of two chunks: the message, and how it ended."""
    choice = completion["choices"][0]
    message = dict(choice["message"])
    if "tool_calls" in message:
        message["tool_calls"] = [{"index": place, **call} for place, call in enumerate(message["tool_calls"])]
    for delta, finish_reason in ((message, None), ({}, choice["finish_reason"])):
        chunk = {
            **completion,
            "object": "chat.completion.chunk",
            "choices": [{"index": 0, "delta": delta, "finish_reason": finish_reason}],
            "usage": completion["usage"] if finish_reason else None,
        }
        yield f"data: {json.dumps(chunk)}\n\n"
    yield "data: [DONE]\n\n"
