import socket
from collections.abc import Callable
from typing import Any

import pytest


def test_a_server_that_is_not_there_is_the_caller_s_to_start(cli: Callable[..., Any]) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        answer = cli("assistants", "create", "--url", f"http://127.0.0.1:{taken.getsockname()[1]}")
    assert answer.returncode == 2
    assert "found none: start it with `make studio`" in answer.stderr


@pytest.mark.parametrize("command", [("assistants", "create"), ("studio-check",)])
def test_a_server_s_address_that_is_no_url_is_refused(cli: Callable[..., Any], command: tuple[str, ...]) -> None:
    answer = cli(*command, "--url", "nonsense")
    assert (answer.returncode, answer.stdout) == (2, "")
    assert answer.stderr.startswith(
        "error: --url: expected a URL that starts with http:// or https://, found 'nonsense'"
    )
