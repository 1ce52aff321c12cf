"""The runner's side of the root zygote."""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
import sys
import tempfile
import weakref
from collections.abc import Awaitable, Sequence
from pathlib import Path
from typing import IO, TypeVar

from awm_langgraph.environment.fork.channel import give_order, hear, is_open, order_pair
from awm_langgraph.errors import EnvironmentBuildError

START_SECONDS = 60.0
"""Longest time that a zygote or a child may take to be ready."""

_END_SECONDS = 10.0
_Answer = TypeVar("_Answer")


class RootZygote:
    """The process that has the libraries and forks everything else."""

    def __init__(self, process: subprocess.Popen[bytes], control: socket.socket) -> None:
        self._process = process
        self._control = control
        # also when it is forgotten, and at the latest when the interpreter ends
        self._end = weakref.finalize(self, _end, process, control)

    @classmethod
    async def start(cls, live_root: Path) -> RootZygote:
        """Start an interpreter that imports the libraries; it removes ``live_root`` when it ends.

        Raises:
            EnvironmentBuildError: it ended, or took too long.
        """
        ours, theirs = order_pair()
        with await asyncio.to_thread(tempfile.TemporaryFile) as complaints:
            try:
                root = cls(await asyncio.to_thread(_launch, theirs, complaints, live_root), ours)
            finally:
                theirs.close()
            message, _ = await within(START_SECONDS, hear(ours), "the fork server was not ready")
            if not message:
                raise EnvironmentBuildError(f"the fork server ended at once: {_last_line_of(complaints)}")
        return root

    @property
    def is_alive(self) -> bool:
        """Tell whether it can still fork."""
        return self._end.alive and is_open(self._control) and self._process.poll() is None

    async def order(self, role: str, territory: Path, descriptors: Sequence[int]) -> None:
        """Have it fork a process for a role, which may write to a territory.

        Raises:
            OSError: it is gone.
        """
        await give_order(self._control, {"role": role, "territory": str(territory)}, descriptors)

    def end(self) -> None:
        """End it, everything it forked and the live databases; blocks until they are gone."""
        self._end()


async def within(seconds: float, work: Awaitable[_Answer], complaint: str) -> _Answer:
    """Wait for some work, but not forever.

    Raises:
        EnvironmentBuildError: time ran out.
    """
    try:
        async with asyncio.timeout(seconds):
            return await work
    except TimeoutError as error:
        raise EnvironmentBuildError(f"{complaint} within {seconds:.0f} s") from error


def _launch(control: socket.socket, complaints: IO[bytes], live_root: Path) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [
            sys.executable,
            "-I",
            "-X",
            "utf8",
            "-m",
            "awm_langgraph.environment.fork.inside.root_zygote",
            str(control.fileno()),
            str(os.getpid()),
            str(live_root),
        ],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=complaints,
        # SQLite's temporary files belong in the working folder: no other may be written
        env={"SQLITE_TMPDIR": "."},
        cwd="/",
        pass_fds=(control.fileno(),),
        start_new_session=True,
    )


def _end(process: subprocess.Popen[bytes], control: socket.socket) -> None:
    control.close()
    try:
        process.wait(_END_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _last_line_of(complaints: IO[bytes]) -> str:
    complaints.seek(0)
    lines = complaints.read().decode(errors="replace").strip().splitlines()
    return lines[-1] if lines else "(it said nothing)"
