import json
import socket
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import pytest

Cli = Callable[..., Any]


class Stranger(BaseHTTPRequestHandler):
    """Some other program, which answers everything with an empty object."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.end_headers()
        self.wfile.write(b"{}")

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@pytest.fixture
def stranger() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Stranger) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def test_a_server_that_is_not_there_is_a_problem_and_the_end_of_the_visit(cli: Cli) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{taken.getsockname()[1]}"
        answer = cli("studio-check", "--url", url, "--json")
    report = json.loads(answer.stdout)
    (finding,) = report["findings"]
    assert (answer.returncode, report["works"], finding["point"]) == (1, False, "server")
    assert finding["found"] == f"nobody answers at {url}"
    assert "make studio" in finding["advice"]


def test_a_server_that_is_something_else_is_a_problem(cli: Cli, stranger: str) -> None:
    answer = cli("studio-check", "--url", stranger)
    assert answer.returncode == 1
    assert answer.stdout.startswith("problem  server")
    assert "1 problem" in answer.stdout
    assert answer.stderr == ""
