import socket
from collections.abc import Callable
from typing import Any


def test_a_server_that_is_not_there_is_the_caller_s_to_start(cli: Callable[..., Any]) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        answer = cli("assistants", "create", "--url", f"http://127.0.0.1:{taken.getsockname()[1]}")
    assert answer.returncode == 2
    assert "found none: start it with `make studio`" in answer.stderr
