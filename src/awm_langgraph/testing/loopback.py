"""An HTTP server on loopback that closes without leaving a client hanging on it."""

from __future__ import annotations

import sys
from abc import ABC, abstractmethod
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socket import SHUT_RDWR, socket
from threading import Event, Thread
from typing import Any, Self

_POLL_SECONDS = 0.01
_LONGEST_READ_SECONDS = 60.0


class LoopbackServer(ThreadingHTTPServer):
    """Serves one kind of handler in threads of its own, on a port that the system chooses.

    Use it as a context manager: leaving it ends every request still open. A handler that makes a client wait waits for
    ``closing``.
    """

    daemon_threads = False  # so that closing waits for the threads that serve
    request_queue_size = 128  # a client beyond it would be let in after a second, or two, or four

    def __init__(self, handler: type[QuietHandler]) -> None:
        self.closing = Event()
        self._open: set[socket] = set()
        super().__init__(("127.0.0.1", 0), handler)
        self._serving = Thread(target=self.serve_forever, args=(_POLL_SECONDS,), name=type(self).__name__)

    @property
    def url(self) -> str:
        """Return the server's root."""
        return f"http://127.0.0.1:{self.server_port}"

    def __enter__(self) -> Self:
        self._serving.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.closing.set()
        self.shutdown()
        self._serving.join()
        # clients keep them open for a next request
        for connection in tuple(self._open):
            with suppress(OSError):
                connection.shutdown(SHUT_RDWR)
        self.server_close()

    def process_request(self, request: Any, client_address: Any) -> None:
        """Remember a connection while it is open."""
        self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        """Forget a connection that is done."""
        self._open.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Let a client hang up without a word; anything else is printed."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


class QuietHandler(BaseHTTPRequestHandler, ABC):
    """Answers requests, whatever their method, over connections that stay open, and prints nothing."""

    protocol_version = "HTTP/1.1"
    timeout = _LONGEST_READ_SECONDS
    # Head and body leave together: the kernel would hold the second back for 40 ms.
    wbufsize = -1

    @abstractmethod
    def respond(self) -> None:
        """Answer the request that is there: its ``command``, its ``path``, its headers and its body."""

    def do_GET(self) -> None:
        """Take the methods that clients use."""
        self.respond()

    do_POST = do_PATCH = do_PUT = do_DELETE = do_GET  # noqa: N815 - the base class's names

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
        """Keep the test run's output clean."""

    def body(self) -> bytes:
        """Read the request's body, whole or in chunks."""
        if self.headers.get("transfer-encoding", "").lower() != "chunked":
            return self.rfile.read(int(self.headers.get("content-length", 0)))
        chunks = []
        while size := int(self.rfile.readline().split(b";")[0], 16):
            chunks.append(self.rfile.read(size))
            self.rfile.readline()
        self.rfile.readline()
        return b"".join(chunks)

    def send(self, content_type: str, body: bytes, status: int, **headers: str) -> None:
        """Answer."""
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)
