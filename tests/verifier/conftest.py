"""Databases, verifiers and users for the tests of the verifier."""

from __future__ import annotations

import json
import os
import shlex
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from awm_langgraph.catalog.scenario import VerifierMode, VerifierSource
from awm_langgraph.verifier import process

HERE = Path(__file__).parent
NOBODY = 65534


@pytest.fixture(params=("current", "ordinary") if os.geteuid() == 0 else ("current",))
def user(request: pytest.FixtureRequest) -> str:
    """Whom to run as: an ordinary user is held as tightly as root, and only root can try both."""
    return str(request.param)


@pytest.fixture
def databases(tmp_path: Path) -> tuple[Path, Path]:
    """An initial and a final database that differ in one row."""
    paths = (tmp_path / "first.db", tmp_path / "last.db")
    for path, words in zip(paths, ([], ["done"]), strict=True):
        connection = sqlite3.connect(path)
        connection.execute("PRAGMA synchronous = OFF")
        connection.execute("CREATE TABLE words (word TEXT)")
        connection.executemany("INSERT INTO words VALUES (?)", [(word,) for word in words])
        connection.commit()
        connection.close()
    return paths


@pytest.fixture
def source() -> Callable[..., VerifierSource]:
    """Make a verifier from the body of its function, or from whole code."""

    def make(code: str, *, mode: VerifierMode = "code", name: str = "verify_task_completion") -> VerifierSource:
        if "def " not in code:
            lines = "\n".join(f"    {line}" for line in code.strip().splitlines())
            code = f"def {name}(initial_db_path, final_db_path, final_answer=None):\n{lines}\n"
        return VerifierSource(mode=mode, code=code, function_name=name)

    return make


@pytest.fixture
def fresh_zygote() -> Iterator[None]:
    """Begin and end without a zygote."""
    process.stop_all()
    yield
    process.stop_all()


@pytest.fixture
def judged() -> Callable[..., dict[str, Any]]:
    """Run a corpus in a process of its own, as some user; answers its report."""

    def run(folder: str, *names: str, user: str = "current", level: str = "strict", **options: Any) -> dict[str, Any]:
        command = [sys.executable, str(HERE / "corpus.py"), str(HERE / folder), *names, f"--sandbox={level}"]
        command += [f"--{option}={value}" for option, value in options.items()]
        if user == "ordinary":
            command = _as_ordinary_user(command)
        done = subprocess.run(
            command, capture_output=True, text=True, cwd=tempfile.gettempdir(), timeout=600, check=False
        )
        assert done.returncode == 0, done.stderr
        report: dict[str, Any] = json.loads(done.stdout)
        return report

    return run


def _as_ordinary_user(command: list[str]) -> list[str]:
    """Run a command as nobody, in a mount namespace where nobody may reach the interpreter and this checkout."""
    steps = ["set -e"]
    for closed, paths in _closed_folders().items():
        kept = [(path, tempfile.mkdtemp(prefix="awm-mount-")) for path in paths]
        steps += [shlex.join(["mount", "--bind", path, aside]) for path, aside in kept]
        steps += [f"mount -t tmpfs -o mode=755 none {shlex.quote(closed)}"]
        steps += [f"mkdir -p {shlex.quote(path)}; mount --move {aside} {shlex.quote(path)}" for path, aside in kept]
        steps += [shlex.join(["rmdir", aside]) for _, aside in kept]
    ordinary = ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups", "env", "HOME=/nonexistent"]
    return ["unshare", "--mount", "sh", "-c", "\n".join([*steps, "exec " + shlex.join([*ordinary, *command])])]


def _closed_folders() -> dict[str, set[str]]:
    """Map the folders that others may not enter to what lies beneath them and is needed."""
    needed = {sys.base_prefix, sys.prefix, str(HERE.parents[1])}
    closed: dict[str, set[str]] = {}
    for path in needed:
        barred = [folder for folder in reversed(Path(path).parents) if not folder.stat().st_mode & 0o001]
        if barred:
            closed.setdefault(str(barred[0]), set()).add(path)
    return closed
