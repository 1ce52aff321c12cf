"""The run store: one SQLite file per run, written as things happen, readable while and after."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import groupby
from pathlib import Path
from types import TracebackType
from typing import Literal, Self

import aiosqlite

from awm_langgraph.episode import (
    ConsultationRecord,
    Decision,
    ToolOutcome,
    Trajectory,
    Usage,
    Verdict,
)
from awm_langgraph.errors import UsageError
from awm_langgraph.rollout import statements
from awm_langgraph.rollout.folders import LOCK_TIMEOUT_SECONDS
from awm_langgraph.rollout.records import Beginning, EpisodeRecord, EpisodeRow, Progress, RunRecord, StepRecord
from awm_langgraph.rollout.rows import episode_of, run_of, run_row, start_row, to_json, usage_of, value_of
from awm_langgraph.rollout.statements import Statement

SCHEMA_VERSION = 2
_APPLICATION_ID = 0x41574D4C  # "AWML": tells a run store from any other SQLite file
_NO_STORE = "expected a run store at {path}, found another file: give a run's run.db"


class RunStore:
    """A run's episodes. Tasks of one event loop share one store; processes each open their own.

    Every method writes or reads in one transaction of its own. A caller that is cancelled leaves none half done: what
    it began is completed behind its back, and ``close`` waits for it.
    """

    def __init__(self, path: Path, connection: aiosqlite.Connection) -> None:
        self.path = path
        self._connection = connection
        self._turn = asyncio.Lock()
        self._pending: set[asyncio.Task[list[Sequence[sqlite3.Row]]]] = set()
        self._closing: asyncio.Task[None] | None = None

    @classmethod
    async def create(cls, path: Path, run: RunRecord) -> Self:
        """Make a store for a new run; its folder must be there.

        Raises:
            UsageError: something is at the path already, or nothing can be written there.
        """
        try:
            await asyncio.to_thread(path.touch, exist_ok=False)
        except FileExistsError:
            raise UsageError(f"expected nothing at {path}, found a file: choose another run id or folder") from None
        except OSError as error:
            raise UsageError(f"cannot make a run store at {path} ({error.strerror}): choose another folder") from None
        store = await cls._connect(path)
        try:
            schema = await asyncio.to_thread(Path(__file__).with_name("schema.sql").read_text, encoding="utf-8")
            # Fetched to its end: SQLite takes the change back when the statement is dropped half way.
            await store._connection.execute_fetchall("PRAGMA journal_mode = WAL")
            pragmas = (f"PRAGMA application_id = {_APPLICATION_ID}", f"PRAGMA user_version = {SCHEMA_VERSION}")
            tables: list[Statement] = [(sql, {}) for sql in (*schema.rstrip().split(";\n"), *pragmas)]
            await store._write([*tables, statements.upsert("run", ("id",), run_row(run))])
        except BaseException:
            await store.close()
            raise
        return store

    @classmethod
    async def open(cls, path: Path) -> Self:
        """Open a store to read it or to go on writing.

        Raises:
            UsageError: there is none, it is something else, or another version of this package made it.
        """
        if not await asyncio.to_thread(path.is_file):
            raise UsageError(f"expected a run store at {path}, found no such file: see `awm-langgraph runs list`")
        store = await cls._connect(path)
        try:
            (identity,), (version,) = await store._read("PRAGMA application_id", "PRAGMA user_version")
            if identity[0] != _APPLICATION_ID:
                raise UsageError(_NO_STORE.format(path=path))
            if version[0] != SCHEMA_VERSION:
                remedy = "upgrade awm-langgraph" if version[0] > SCHEMA_VERSION else "read it with an older one"
                raise UsageError(f"{path}: expected schema version {SCHEMA_VERSION}, found {version[0]}: {remedy}")
        except BaseException:
            await store.close()
            raise
        return store

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Complete what was begun and close the file. Does nothing the second time."""
        self._closing = self._closing or asyncio.create_task(self._shut())
        try:
            await asyncio.shield(self._closing)
        except asyncio.CancelledError:
            # The connection's thread would keep the process alive: close first, then be cancelled.
            await asyncio.wait({self._closing})
            raise

    async def run(self) -> RunRecord:
        """Read the run itself."""
        (rows,) = await self._read("SELECT * FROM run")
        return run_of(rows[0])

    async def start_episode(self, episode: Beginning) -> None:
        """Write that an episode begins; one that begins again keeps what it has."""
        await self._write([statements.start(start_row(episode, _now()))])

    async def start_fork(self, episode: Beginning, progress: Progress) -> None:
        """Write that an episode begins in the middle of another one."""
        await self._write(
            [statements.start(start_row(episode, _now())), *statements.rewrite(episode.episode_id, progress)]
        )

    async def rewrite_episode(self, episode_id: str, progress: Progress) -> None:
        """Make an unfinished episode's record exactly what its checkpoint says has happened."""
        await self._write(statements.rewrite(episode_id, progress))

    async def record_step(self, episode_id: str, step: StepRecord) -> None:
        """Write an agent's turn; the same number again takes the place of the first."""
        await self._write(statements.step(episode_id, step))

    async def record_call(self, episode_id: str, outcome: ToolOutcome) -> None:
        """Write a call after the others; the same ``call_id`` of the same step takes the place of the first."""
        await self._write([statements.call(episode_id, outcome)])

    async def record_consultation(self, episode_id: str, record: ConsultationRecord) -> None:
        """Write a consultation; the same number again takes the place of the first."""
        await self._write(statements.consultation(episode_id, record))

    async def record_decision(self, episode_id: str, record: Decision) -> None:
        """Write a decision after the others."""
        await self._write([statements.decision(episode_id, record)])

    async def finish_episode(self, trajectory: Trajectory) -> None:
        """Write how an episode ended; all but the steps become exactly the trajectory's, however often."""
        await self._write(statements.finish(trajectory, _now(), _now()))

    async def episodes(self) -> list[EpisodeRow]:
        """Read all episodes at a glance, in the order in which they began."""
        rows, tokens = await self._read(
            f"{statements.EPISODES} ORDER BY episodes.rowid", "SELECT * FROM tokens ORDER BY episode_id, role"
        )
        usage = {
            episode_id: {row["role"]: usage_of(row) for row in group}
            for episode_id, group in groupby(tokens, key=lambda row: str(row["episode_id"]))
        }
        return [episode_of(row, usage.get(row["episode_id"], {})) for row in rows]

    async def episode(self, episode_id: str) -> EpisodeRecord:
        """Read one episode whole.

        Raises:
            UsageError: the run has no such episode.
        """
        rows, tokens, steps, calls, consultations, decisions, verdicts = await self._read(
            f"{statements.EPISODES} WHERE episodes.id = :id",
            "SELECT * FROM tokens WHERE episode_id = :id ORDER BY role",
            "SELECT * FROM steps WHERE episode_id = :id ORDER BY number",
            "SELECT * FROM calls WHERE episode_id = :id ORDER BY ordinal",
            "SELECT * FROM consultations WHERE episode_id = :id ORDER BY number",
            "SELECT * FROM decisions WHERE episode_id = :id ORDER BY ordinal",
            "SELECT * FROM verdicts WHERE episode_id = :id",
            id=episode_id,
        )
        if not rows:
            raise UsageError(f"expected an episode of {self.path}, found {episode_id!r}: see `awm-langgraph runs show`")
        usage: dict[str, Usage] = {row["role"]: usage_of(row) for row in tokens}
        return EpisodeRecord(
            **dict(episode_of(rows[0], usage)),
            steps=tuple(value_of(StepRecord, row) for row in steps),
            calls=tuple(value_of(ToolOutcome, row) for row in calls),
            consultations=tuple(value_of(ConsultationRecord, row) for row in consultations),
            decisions=tuple(value_of(Decision, row) for row in decisions),
            verdict=value_of(Verdict, verdicts[0]) if verdicts else None,
        )

    async def export(self) -> AsyncIterator[str]:
        """Give every episode whole, with its run, as one line of JSON each, without its line end."""
        run = (await self.run()).model_dump(mode="json")
        for row in await self.episodes():
            record = await self.episode(row.episode_id)
            yield to_json({"run": run, **record.model_dump(mode="json")})

    @classmethod
    async def _connect(cls, path: Path) -> Self:
        uri = await asyncio.to_thread(lambda: f"{path.resolve().as_uri()}?mode=rw")
        with _failures_told(path):
            connection = await aiosqlite.connect(uri, uri=True, isolation_level=None, timeout=LOCK_TIMEOUT_SECONDS)
        connection.row_factory = sqlite3.Row
        store = cls(path, connection)
        try:
            with _failures_told(path):
                await connection.execute("PRAGMA foreign_keys = ON")
                await connection.execute("PRAGMA synchronous = NORMAL")
        except BaseException:
            await store.close()
            raise
        return store

    async def _write(self, work: Iterable[Statement]) -> None:
        await self._transact("IMMEDIATE", work)

    async def _read(self, *queries: str, **values: str) -> list[Sequence[sqlite3.Row]]:
        return await self._transact("DEFERRED", [(query, values) for query in queries])

    async def _transact(
        self, mode: Literal["IMMEDIATE", "DEFERRED"], work: Iterable[Statement]
    ) -> list[Sequence[sqlite3.Row]]:
        # A task of its own: were the caller's task cancelled between two statements, the others' would join them.
        task = asyncio.create_task(self._transaction(mode, work))
        self._pending.add(task)
        task.add_done_callback(self._pending.discard)
        with _failures_told(self.path):
            return await asyncio.shield(task)

    async def _transaction(self, mode: str, work: Iterable[Statement]) -> list[Sequence[sqlite3.Row]]:
        async with self._turn:
            await self._connection.execute(f"BEGIN {mode}")
            try:
                rows = [list(await self._connection.execute_fetchall(sql, values)) for sql, values in work]
                await self._connection.commit()
            except BaseException:
                await self._connection.rollback()
                raise
            return list(rows)

    async def _shut(self) -> None:
        while self._pending:
            await asyncio.wait(self._pending)
        await self._connection.close()


@contextmanager
def _failures_told(path: Path) -> Iterator[None]:
    try:
        yield
    except sqlite3.DatabaseError as error:
        if type(error) not in (sqlite3.DatabaseError, sqlite3.OperationalError):
            raise  # The subclasses for wrong statements and broken constraints are this program's own mistakes.
        if getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_NOTADB:
            raise UsageError(_NO_STORE.format(path=path)) from None
        raise UsageError(f"the run store {path} fails ({error}): mend its disk or choose another folder") from error


def _now() -> str:
    return datetime.now(UTC).isoformat()
