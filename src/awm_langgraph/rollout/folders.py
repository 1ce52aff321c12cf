"""Where a run keeps its things.

::

    RUNS/20261121-073355-k3f9/
        run.db                          the run store
        checkpoints.db                  LangGraph's checkpoints, one thread per episode
        playing/                        what is being played now: see ``claiming``
        episodes/EPISODE_ID/
            trajectory.json  initial.db  final.db  server.log  snapshots/
"""

from __future__ import annotations

import asyncio
import json
import re
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Self

from awm_langgraph.episode import Trajectory
from awm_langgraph.errors import UsageError
from awm_langgraph.rollout.rows import to_json

LOCK_TIMEOUT_SECONDS = 30.0
"""Longest wait for somebody else's write to a file of a run."""

_STORE = "run.db"
_PLAIN_NAME = re.compile(r"[A-Za-z0-9_-]{1,100}")
_TOKEN_LETTERS = "23456789abcdefghjkmnpqrstvwxyz"
_TOKEN_LENGTH = 4


@dataclass(frozen=True)
class EpisodeFolder:
    """What is kept of one episode beside its rows in the run store; any of it may be absent."""

    path: Path

    @property
    def trajectory(self) -> Path:
        """The whole record, messages included."""
        return self.path / "trajectory.json"

    @property
    def initial_database(self) -> Path:
        """The database before the first call."""
        return self.path / "initial.db"

    @property
    def final_database(self) -> Path:
        """The database after the last call."""
        return self.path / "final.db"

    @property
    def server_log(self) -> Path:
        """What the scenario's server wrote."""
        return self.path / "server.log"

    @property
    def snapshots(self) -> Path:
        """The databases in between, named by content."""
        return self.path / "snapshots"

    async def save_trajectory(self, trajectory: Trajectory) -> None:
        """Write ``trajectory.json`` so that a reader finds the old one or the new one, never half of one."""
        await asyncio.to_thread(self._save, to_json(trajectory.model_dump(mode="json")))

    async def load_trajectory(self) -> Trajectory:
        """Read ``trajectory.json``.

        Raises:
            UsageError: there is none, or it is damaged.
        """
        try:
            text = await asyncio.to_thread(self.trajectory.read_text, encoding="utf-8")
            # Not pydantic's own JSON reader, which refuses the half surrogate pairs that a model can write.
            return Trajectory.model_validate(json.loads(text))
        except FileNotFoundError:
            raise UsageError(f"expected {self.trajectory}, found none: the episode is not finished") from None
        except ValueError:
            raise UsageError(
                f"expected a trajectory in {self.trajectory}, found something else: run it again"
            ) from None

    def _save(self, text: str) -> None:
        self.path.mkdir(parents=True, exist_ok=True)
        half = self.trajectory.with_suffix(".json.tmp")
        half.write_text(f"{text}\n", encoding="utf-8")
        half.replace(self.trajectory)


@dataclass(frozen=True)
class RunFolder:
    """One run's folder; its name is the run's id."""

    path: Path

    @classmethod
    def create(cls, runs: Path) -> Self:
        """Make a new run's folder, and ``runs`` itself where it is missing.

        Raises:
            UsageError: nothing can be made there.
        """
        token = "".join(secrets.choice(_TOKEN_LETTERS) for _ in range(_TOKEN_LENGTH))
        folder = cls(runs / new_run_id(datetime.now(UTC), token))
        try:
            folder.episodes.mkdir(parents=True)
        except OSError as error:
            raise UsageError(
                f"cannot make a run's folder in {runs} ({error.strerror}): choose another folder"
            ) from None
        return folder

    @property
    def run_id(self) -> str:
        """The folder's name."""
        return self.path.name

    @property
    def store(self) -> Path:
        """The run store's file."""
        return self.path / _STORE

    @property
    def checkpoints(self) -> Path:
        """The graph's checkpoints of every episode, by thread."""
        return self.path / "checkpoints.db"

    @property
    def episodes(self) -> Path:
        """The folder of the episodes' folders."""
        return self.path / "episodes"

    def claim(self, episode_id: str) -> Path:
        """Name the file that whoever plays an episode has locked.

        Raises:
            UsageError: the id is no plain folder name.
        """
        # not in the episode's folder, which an environment that is ready may have to take the place of
        return self.path / "playing" / _plain(episode_id, "an episode id")

    def episode(self, episode_id: str) -> EpisodeFolder:
        """Name an episode's folder, there or not.

        Raises:
            UsageError: the id is no plain folder name.
        """
        return EpisodeFolder(self.episodes / _plain(episode_id, "an episode id"))


def new_run_id(now: datetime, token: str) -> str:
    """Name a run so that names sort by time: UTC to the second, then a token that keeps equal seconds apart."""
    return f"{now.astimezone(UTC):%Y%m%d-%H%M%S}-{token}"


def find_run(runs: Path, run_id: str) -> RunFolder:
    """Find a run by its id.

    Raises:
        UsageError: there is no such run, or the id is no plain folder name.
    """
    folder = RunFolder(runs / _plain(run_id, "a run id"))
    if not folder.store.is_file():
        raise UsageError(f"expected a run in {runs}, found no {run_id!r} there: see `awm-langgraph runs list`")
    return folder


def list_runs(runs: Path) -> tuple[RunFolder, ...]:
    """List the runs in a folder, oldest first; other things in it are passed over.

    Raises:
        UsageError: it is no folder.
    """
    if not runs.is_dir():
        found = "a file" if runs.exists() else "nothing"
        raise UsageError(
            f"expected a folder of runs at {runs}, found {found}: make a run first or choose another folder"
        )
    folders = (RunFolder(path) for path in sorted(runs.iterdir()))
    return tuple(folder for folder in folders if folder.store.is_file())


def _plain(name: str, what: str) -> str:
    if not _PLAIN_NAME.fullmatch(name):
        raise UsageError(f"expected {what} of letters, digits, '-' and '_', found {name!r}: choose another")
    return name
