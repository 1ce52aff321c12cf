"""The program as its users start it: a process of its own, with nothing of the test run's surroundings."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

Answer = subprocess.CompletedProcess[str]

_LONGEST_SECONDS = 60


@dataclass(frozen=True)
class Finished:
    """One helped episode that ``run --json`` has run: the folder of its runs, the document, all that was printed."""

    runs: Path
    document: dict[str, Any]
    answer: Answer


def _start(arguments: tuple[str | Path, ...], cwd: Path, variables: dict[str, str]) -> subprocess.Popen[str]:
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "TMPDIR", "LANG") if name in os.environ}
    return subprocess.Popen(
        [sys.executable, "-m", "awm_langgraph.cli", *map(str, arguments)],
        cwd=cwd,
        env={**kept, "COLUMNS": "80", **variables},
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


@pytest.fixture
def cli(tmp_path: Path) -> Callable[..., Answer]:
    """Run a command in an empty folder; keyword arguments are variables of its environment."""
    return lambda *arguments, **variables: _answer(_start(arguments, tmp_path, variables))


@pytest.fixture(scope="session")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Finished:
    folder = tmp_path_factory.mktemp("finished")
    answer = _answer(_start(("run", "support_desk", "--task", "4", "--out", "kept", "--json"), folder, {}))
    assert answer.returncode == 0, answer.stderr
    return Finished(folder / "kept", json.loads(answer.stdout), answer)
