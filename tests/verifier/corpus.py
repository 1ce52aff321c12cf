"""Run a corpus of verifiers, each in a world of its own, and say as JSON what each did to it.

    python corpus.py FOLDER [NAME ...] [--sandbox LEVEL] [--seconds SECONDS]

Run as a command, as whatever user, so that nothing of the test runner is near. A hostile file is judged by the world
around it alone: canaries, listeners, hashes, a bystander process, what lies about afterwards, what the next run says.
It is told by its final answer, as JSON, where all of these are. One whose name begins with ``forge`` lies about what it
answers, and must not be believed.
"""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import json
import os
import secrets
import socket
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from awm_langgraph.catalog.scenario import VerifierSource
from awm_langgraph.sandbox import SandboxLevel
from awm_langgraph.verifier import VerifierRun, run_verifier
from awm_langgraph.verifier.process import stop_all

HOSTILE_SECONDS = 0.5
LEGITIMATE_SECONDS = 60.0
STATUSES = {"success", "error", "timeout", "killed"}
MOST_REPLY_CHARACTERS = 2 * 1024 * 1024
LITTER_FOLDERS = ("/tmp", "/var/tmp", "/dev/shm", tempfile.gettempdir(), os.path.expanduser("~"), os.getcwd())

SCHEMA = """
CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT, email TEXT, balance REAL, created_at TEXT);
CREATE TABLE orders (id INTEGER PRIMARY KEY, user_id INTEGER, status TEXT, total REAL, tags TEXT, placed_at TEXT);
INSERT INTO users VALUES (1, 'Ada', 'ada@example.org', 100.0, '2024-01-31 10:00:00'),
                         (2, 'Zoë', 'zoe@example.org', 12.5, '2024-02-29 23:30:00');
INSERT INTO orders VALUES (1, 1, 'open', 19.99, '["gift", "red"]', '2024-03-01T09:00:00Z'),
                          (2, 2, 'open', 5.01, '[]', '2024-03-02T09:00:00Z');
"""
CHANGES = """
UPDATE orders SET status = 'shipped' WHERE id = 1;
INSERT INTO orders VALUES (3, 1, 'open', 42.0, '["new"]', '2024-03-03T09:00:00Z');
UPDATE users SET balance = 58.0 WHERE id = 1;
"""


SANE = """
import json, os, sqlite3
def verify(initial, final):
    counts = [sqlite3.connect(path).execute("SELECT count(*) FROM orders").fetchone()[0] for path in (initial, final)]
    clean = sorted(os.listdir(".")) == ["final.db", "initial.db"] and json.loads(json.dumps({"a": 1})) == {"a": 1}
    return {"result": "complete" if counts == [2, 3] and clean else "others"}
"""


@dataclass(frozen=True)
class Result:
    """What one file did. ``breaches`` are in words; none means that it was contained."""

    run: dict[str, Any]
    breaches: list[str]


def make_database(path: Path, *scripts: str) -> Path:
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA synchronous = OFF")
    for script in scripts:
        connection.executescript(script)
    connection.close()
    return path


class World:
    """All that a verifier must not reach, with a way to tell whether it did."""

    def __init__(self, folder: Path) -> None:
        self.secret = secrets.token_hex(16)
        self.marker = f"awm-corpus-{secrets.token_hex(8)}"
        self.folder = folder
        self.initial = make_database(folder / "first.db", SCHEMA)
        self.final = make_database(folder / "last.db", SCHEMA, CHANGES)
        self.other = make_database(folder / "other.db", f"CREATE TABLE secrets AS SELECT '{self.secret}' AS word")
        self.canary = folder / "canary.txt"
        self.canary.write_text(self.secret)
        self.trap = folder / "trap"
        self.trap.mkdir()
        (folder / f"name-{self.secret}").mkdir()
        self.sockets = dict(_listeners(folder, self.marker))
        self.bystander = subprocess.Popen(
            ["/bin/sleep", "600"], env={"AWM_SECRET": self.secret}, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL
        )
        self.before = self._state()

    def targets(self) -> str:
        """Tell a hostile verifier where everything is."""
        return json.dumps(
            {
                "canary": str(self.canary),
                "trap": str(self.trap),
                "folder": str(self.folder),
                "initial": str(self.initial),
                "final": str(self.final),
                "other": str(self.other),
                "tcp": self.sockets["tcp"].getsockname()[1],
                "udp": self.sockets["udp"].getsockname()[1],
                "stream": str(self.folder / "stream"),
                "datagram": str(self.folder / "datagram"),
                "abstract": f"\0{self.marker}",
                "bystander": self.bystander.pid,
                "runner": os.getpid(),
                "marker": self.marker,
                "ipc_key": int(self.marker[-6:], 16),
            }
        )

    def breaches(self, run: VerifierRun) -> Iterator[str]:
        """Say what is no longer as it was, or is known that must not be."""
        said = json.dumps(asdict(run))
        if self.secret in said or os.environ["AWM_SECRET"] in said or "root:x:0:0" in said:
            yield "it answered something secret"
        if run.status not in STATUSES or len(said) > MOST_REPLY_CHARACTERS:
            yield f"its answer has no bound or no status: {run.status}"
        yield from (f"{name} got {heard!r}" for name, heard in self._heard() if heard)
        after = self._state()
        yield from (
            f"{what} was {old!r} and is {after[what]!r}" for what, old in self.before.items() if old != after[what]
        )
        yield from (f"it left {path}" for path in self._litter())

    def _state(self) -> dict[str, Any]:
        files = sorted(path for path in self.folder.rglob("*"))
        return {
            "canary": self._canary_state(),
            "folder": [str(path.relative_to(self.folder)) for path in files],
            "modes": [path.lstat().st_mode for path in files],
            "hashes": [hashlib.sha256(path.read_bytes()).hexdigest() for path in files if path.is_file()],
            "bystander": self._bystander_state(),
            "runner": [os.getpriority(os.PRIO_PROCESS, 0), Path("/proc/self/limits").read_text()],
            "ipc": [_with_key(name, int(self.marker[-6:], 16)) for name in ("shm", "sem", "msg")],
        }

    def _canary_state(self) -> list[Any]:
        if not self.canary.exists():
            return ["gone"]
        status = self.canary.stat()
        return [status.st_mode, status.st_mtime_ns, status.st_uid, status.st_nlink, os.listxattr(self.canary)]

    def _bystander_state(self) -> list[Any]:
        process = self.bystander.pid
        if self.bystander.poll() is not None:
            return ["ended"]
        stopped = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] not in "SDR"
        priority = os.getpriority(os.PRIO_PROCESS, process)
        limits = Path(f"/proc/{process}/limits").read_text()
        return [stopped, priority, os.sched_getscheduler(process), sorted(os.sched_getaffinity(process)), limits]

    def _heard(self) -> Iterator[tuple[str, bytes]]:
        for name, listener in self.sockets.items():
            with suppress(BlockingIOError):
                yield name, listener.recv(1000) if listener.type == socket.SOCK_DGRAM else _accept(listener)

    def _litter(self) -> Iterator[str]:
        for folder in {*LITTER_FOLDERS, os.path.dirname(os.__file__)}:
            with suppress(OSError):
                yield from (f"{folder}/{name}" for name in os.listdir(folder) if self.marker in name)
        for process in Path("/proc").glob("[0-9]*"):
            with suppress(OSError):
                if self.marker in (process / "cmdline").read_text(errors="replace"):
                    yield f"process {process.name}"

    def close(self) -> None:
        for listener in self.sockets.values():
            listener.close()
        with suppress(ProcessLookupError):
            self.bystander.kill()
        self.bystander.wait()


def _listeners(folder: Path, marker: str) -> Iterator[tuple[str, socket.socket]]:
    for name, family, kind, address in (
        ("tcp", socket.AF_INET, socket.SOCK_STREAM, ("127.0.0.1", 0)),
        ("udp", socket.AF_INET, socket.SOCK_DGRAM, ("127.0.0.1", 0)),
        ("stream", socket.AF_UNIX, socket.SOCK_STREAM, str(folder / "stream")),
        ("datagram", socket.AF_UNIX, socket.SOCK_DGRAM, str(folder / "datagram")),
        ("abstract", socket.AF_UNIX, socket.SOCK_DGRAM, f"\0{marker}"),
    ):
        listener = socket.socket(family, kind)
        listener.setblocking(False)
        listener.bind(address)
        if kind == socket.SOCK_STREAM:
            listener.listen()
        yield name, listener


def _accept(listener: socket.socket) -> bytes:
    listener.accept()[0].close()
    return b"a connection"


def _with_key(kind: str, key: int) -> list[str]:
    return [line for line in Path(f"/proc/sysvipc/{kind}").read_text().splitlines() if line.split()[0] == str(key)]


@contextmanager
def world() -> Iterator[World]:
    with ExitStack() as stack:
        made = World(Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="awm-world-"))))
        stack.callback(made.close)
        yield made


async def judge(file: Path, level: SandboxLevel, hostile_seconds: float) -> Result:
    is_hostile = file.parent.name == "hostile"
    code = await asyncio.to_thread(file.read_text, "utf-8")
    with world() as around:
        answer = around.targets() if is_hostile else "The total is 42."
        seconds = hostile_seconds if is_hostile else LEGITIMATE_SECONDS
        run = await _run(code, around, answer, seconds, level)
        breaches = list(around.breaches(run))
        if not is_hostile and run.result != "complete":
            breaches.append(f"it should work, and ended as {run.status} {run.result}: {run.error}")
        if file.stem.startswith("forge") and run.result == "complete":
            breaches.append("it was believed")
        if is_hostile:
            after = await _run(SANE, around, "", LEGITIMATE_SECONDS, level)
            breaches += [] if after.result == "complete" else [f"the run after it ended as {after}"]
        return Result(asdict(run), breaches)


async def _run(code: str, around: World, answer: str, timeout_seconds: float, level: SandboxLevel) -> VerifierRun:
    source = VerifierSource(mode="code", code=code, function_name="verify_task_completion")
    return await run_verifier(
        source, around.initial, around.final, answer, level=level, timeout_seconds=timeout_seconds
    )


async def judge_all(files: list[Path], level: SandboxLevel, hostile_seconds: float) -> dict[str, Result]:
    at_once = asyncio.Semaphore(4)

    async def judged(file: Path) -> Result:
        async with at_once:
            return await judge(file, level, hostile_seconds)

    return dict(zip([file.stem for file in files], await asyncio.gather(*map(judged, files)), strict=True))


def leftovers() -> list[str]:
    """Name the processes and folders that are left once the zygote has ended."""
    children = Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()
    folders = [str(path) for path in Path(tempfile.gettempdir()).glob("awm-verifier-*")]
    return [*(f"process {pid}" for pid in children), *folders]


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("names", nargs="*")
    parser.add_argument("--sandbox", default="strict")
    parser.add_argument("--seconds", type=float, default=HOSTILE_SECONDS)
    arguments = parser.parse_args()
    files = [
        file for file in sorted(arguments.folder.glob("*.py")) if file.stem in arguments.names or not arguments.names
    ]
    os.environ["AWM_SECRET"] = secrets.token_hex(16)
    with tempfile.TemporaryDirectory(prefix="awm-corpus-") as folder:
        os.environ["TMPDIR"] = tempfile.tempdir = folder
        results = asyncio.run(judge_all(files, arguments.sandbox, arguments.seconds))
        stop_all()
        left = leftovers()
    report = {"user": os.geteuid(), "left": left, "results": {name: asdict(result) for name, result in results.items()}}
    sys.stdout.write(json.dumps(report))


if __name__ == "__main__":
    main()
