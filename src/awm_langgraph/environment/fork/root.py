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
from contextlib import ExitStack
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

    def __init__(self, process: subprocess.Popen[bytes], control: socket.socket, complaints: IO[bytes]) -> None:
        self._process = process
        self._control = control
        self._complaints = complaints
        # also when it is forgotten, and at the latest when the interpreter ends
        self._end = weakref.finalize(self, _end, process, control, complaints)

    @classmethod
    async def start(cls, live_root: Path) -> RootZygote:
        """Start an interpreter that imports the libraries; it removes ``live_root`` when it ends.

        Raises:
            EnvironmentBuildError: it ended, or took too long.
        """
        # a thread cannot be called off: what it made has to end by itself where nobody takes it any more
        root = await asyncio.to_thread(cls._launched, live_root)
        try:
            message, _ = await within(START_SECONDS, hear(root._control), "the fork server was not ready")
            if not message:
                raise EnvironmentBuildError(f"the fork server ended at once: {_last_line_of(root._complaints)}")
        except BaseException:
            await asyncio.shield(asyncio.to_thread(root.end))
            raise
        root._complaints.close()
        return root

    @classmethod
    def _launched(cls, live_root: Path) -> RootZygote:
        with ExitStack() as undo:
            ours, theirs = order_pair()
            undo.enter_context(ours)
            with theirs:
                complaints = undo.enter_context(tempfile.TemporaryFile())
                root = cls(_launch(theirs, complaints, live_root), ours, complaints)
            undo.pop_all()
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


def _end(process: subprocess.Popen[bytes], control: socket.socket, complaints: IO[bytes]) -> None:
    control.close()
    complaints.close()
    try:
        process.wait(_END_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _last_line_of(complaints: IO[bytes]) -> str:
    complaints.seek(0)
    lines = complaints.read().decode(errors="replace").strip().splitlines()
    return lines[-1] if lines else "(it said nothing)"
