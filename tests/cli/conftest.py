"""The program in a process of its own, with nothing of the test run's surroundings."""

import json
import os
import selectors
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

Answer = subprocess.CompletedProcess[str]

_LONGEST_SECONDS = 300


@dataclass(frozen=True)
class Finished:
    """One helped episode that ``run --json`` has run: the folder of its runs, the document, all that was printed."""

    runs: Path
    document: dict[str, Any]
    answer: Answer


class Warm:
    """A process that has the libraries loaded and forks one of itself for each command; see ``warm.py``."""

    def __init__(self) -> None:
        self._orders, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, str(Path(__file__).with_name("warm.py")), str(theirs.fileno())],
                env=_variables({}),
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                # of the kind that the commands will have in their place
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
            )

    def run(self, arguments: list[str], cwd: Path, variables: dict[str, str]) -> Answer:
        (output, to_output), (errors, to_errors), nothing = os.pipe(), os.pipe(), os.open(os.devnull, os.O_RDONLY)
        order = json.dumps([arguments, str(cwd), variables]).encode()
        socket.send_fds(self._orders, [order], [nothing, to_output, to_errors])
        for descriptor in (nothing, to_output, to_errors):
            os.close(descriptor)
        pid = int(self._orders.recv(32))
        try:
            said = _read_all(output, errors)
        except TimeoutError:
            os.kill(pid, signal.SIGKILL)
            raise
        finally:
            returncode = int(self._orders.recv(32))
            os.close(output)
            os.close(errors)
        return Answer(arguments, returncode, *said)

    def close(self) -> None:
        self._orders.close()
        self._process.communicate(timeout=_LONGEST_SECONDS)


def _read_all(*pipes: int) -> list[str]:
    """Read pipes until nobody holds their other ends any more."""
    said = dict.fromkeys(pipes, b"")
    end = time.monotonic() + _LONGEST_SECONDS
    with selectors.DefaultSelector() as readable:
        for pipe in pipes:
            readable.register(pipe, selectors.EVENT_READ)
        while readable.get_map():
            found = readable.select(end - time.monotonic())
            if not found:
                raise TimeoutError(f"the command has not ended in {_LONGEST_SECONDS} seconds: {said}")
            for key, _ in found:
                chunk = os.read(key.fd, 1 << 16)
                said[key.fd] += chunk
                if not chunk:
                    readable.unregister(key.fd)
    return [text.decode() for text in said.values()]


def _variables(more: dict[str, str]) -> dict[str, str]:
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "TMPDIR", "LANG") if name in os.environ}
    return {**kept, "COLUMNS": "80", **more}


def _start(arguments: tuple[str | Path, ...], cwd: Path, variables: dict[str, str]) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "awm_langgraph.cli", *map(str, arguments)],
        cwd=cwd,
        env=_variables(variables),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def _answer(process: subprocess.Popen[str]) -> Answer:
    with process:
        try:
            output, errors = process.communicate(timeout=_LONGEST_SECONDS)
        finally:
            process.kill()
    return Answer(process.args, process.returncode, output, errors)


@pytest.fixture
def begin(tmp_path: Path) -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """Start a command in an empty folder; keyword arguments are variables of its environment."""
    with ExitStack() as started:

        def start(*arguments: str | Path, **variables: str) -> subprocess.Popen[str]:
            process = started.enter_context(_start(arguments, tmp_path, variables))
            started.callback(process.kill)
            return process

        yield start


@pytest.fixture
def end() -> Callable[[subprocess.Popen[str]], Answer]:
    """Wait for a command's end and read what it printed."""
    return _answer


@pytest.fixture(scope="session")
def warm() -> Iterator[Warm]:
    started = Warm()
    yield started
    started.close()


@pytest.fixture
def cli(tmp_path: Path, warm: Warm) -> Callable[..., Answer]:
    """Run a command in an empty folder; keyword arguments are variables of its environment."""

    def run(*arguments: str | Path, **variables: str) -> Answer:
        # what the interpreter itself reads, it reads as it starts
        if any(name.startswith("PYTHON") for name in variables):
            return _answer(_start(arguments, tmp_path, variables))
        return warm.run([*map(str, arguments)], tmp_path, _variables(variables))

    return run


@pytest.fixture(scope="session")
def finished(tmp_path_factory: pytest.TempPathFactory, warm: Warm) -> Finished:
    folder = tmp_path_factory.mktemp("finished")
    answer = warm.run(["run", "support_desk", "--task", "4", "--out", "kept", "--json"], folder, _variables({}))
    assert answer.returncode == 0, answer.stderr
    return Finished(folder / "kept", json.loads(answer.stdout), answer)
