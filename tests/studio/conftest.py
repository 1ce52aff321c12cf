"""A real `langgraph dev` over the repository's langgraph.json, started once for all the tests of this folder."""

import os
import random
import signal
import socket
import subprocess
import sys
import threading
import urllib.request
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from langgraph_sdk import get_client
from langgraph_sdk.client import LangGraphClient

ROOT = Path(__file__).parents[2]
AT_ONCE = 50
TASK: dict[str, Any] = {"scenario": "support_desk", "task_idx": 3}
SEED: dict[str, Any] = {"seed": 1}
"""With it the novice comments on the ticket, and then fails to update it until it is told how."""
COMMENT = "Your order was sent again today."
PLAN = {"plan_text": '1. update_ticket {"ticket_id": 12, "status": "pending"}'}
HELPED = ["get_ticket", "add_comment", "update_ticket", "update_ticket"]
_START_SECONDS = 180.0
_STOP_SECONDS = 120.0
READ_SECONDS = 300.0
_PORTS = range(20_000, 32_768)
"""Below those that the kernel gives to whoever asks for any, so that one stays free between a stop and a start."""
_QUIET = {"LANGGRAPH_CLI_NO_ANALYTICS": "1", "LANGGRAPH_NO_VERSION_CHECK": "true", "LANGSMITH_TRACING": "false"}
_OURS = ("AWM_", "LANGSMITH_", "LANGCHAIN_", "LANGGRAPH_", "OPENAI_")


class Studio:
    """The server's process. What it keeps is in ``folder``, so that it can be stopped and started again."""

    def __init__(self, folder: Path, config: Path = ROOT / "langgraph.json") -> None:
        self.folder = folder
        self.config = config
        self.log = folder / "server.log"
        self.port = _free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        command = [sys.executable, "-m", "langgraph_cli", "dev", "--config", str(self.config)]
        options = ["--no-browser", "--no-reload", "--port", str(self.port), "--n-jobs-per-worker", str(AT_ONCE)]
        environment = {name: value for name, value in os.environ.items() if not name.startswith(_OURS)}
        # it works in a folder of its own, where it keeps its threads; `graphs` is a folder of the repository
        environment |= _QUIET | {"PYTHONPATH": str(ROOT), "AWM_RUNS_DIR": str(self.folder / "runs")}
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [*command, *options], cwd=self.folder, env=environment, stdout=log, stderr=subprocess.STDOUT
            )
        self._wait_until_it_answers()

    def stop(self, with_signal: signal.Signals = signal.SIGTERM) -> None:
        if self._process is None:
            return
        self._process.send_signal(with_signal)
        try:
            self._process.wait(_STOP_SECONDS)
        finally:
            self._process.kill()
            self._process = None

    def said(self) -> str:
        return self.log.read_text(encoding="utf-8", errors="replace")

    def _wait_until_it_answers(self) -> None:
        assert self._process is not None
        clock = threading.Event()
        for _ in range(int(_START_SECONDS / 0.1)):
            assert self._process.poll() is None, self.said()
            try:
                with urllib.request.urlopen(f"{self.url}/ok", timeout=READ_SECONDS):
                    return
            except OSError:
                clock.wait(0.1)
        raise AssertionError(f"langgraph dev does not answer:\n{self.said()}")


def names(values: Any) -> list[str]:
    return [call["name"] for call in values["calls"]]


async def thread_of(client: LangGraphClient) -> str:
    return (await client.threads.create())["thread_id"]


async def play(client: LangGraphClient, thread: str, graph: str = "awm", **more: Any) -> Any:
    arguments: dict[str, Any] = {"input": TASK, "context": SEED, **more}
    return await client.runs.wait(thread, graph, **arguments)


def _free_port() -> int:
    for port in random.sample(_PORTS, 100):
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
    raise AssertionError(f"no port is free in {_PORTS}")


@pytest.fixture(scope="session")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Studio]:
    server = Studio(tmp_path_factory.mktemp("studio"))
    server.start()
    yield server
    server.stop()


@pytest.fixture
async def client(studio: Studio) -> AsyncIterator[LangGraphClient]:
    async with get_client(url=studio.url, timeout=READ_SECONDS) as client:
        yield client
