"""A run's checkpoints, opened again at once by somebody else after whatever was going on when they were closed."""

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from langgraph.checkpoint.sqlite.aio import AsyncSqliteSaver

from awm_langgraph.rollout.checkpoints import opened_checkpoints

CONFIG: Any = {"configurable": {"thread_id": "e1", "checkpoint_ns": "", "checkpoint_id": "c1"}}


def rows_in(file: Path) -> int:
    """Count what nodes have written; whoever still has the file locked is not waited for."""
    with closing(sqlite3.connect(file, timeout=0, isolation_level=None)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        return int(connection.execute("SELECT count(*) FROM writes").fetchone()[0])


async def begun_write(checkpointer: AsyncSqliteSaver) -> asyncio.Task[None]:
    """Begin to write what a node was cut off at, and come back inside the transaction."""
    await checkpointer.setup()
    write = asyncio.create_task(checkpointer.aput_writes(CONFIG, [("messages", "cut off")], "t1"))
    while not checkpointer.conn.in_transaction:  # noqa: ASYNC110 # SQLite tells nobody of it
        await asyncio.sleep(0)
    return write


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "checkpoints.db"


async def test_a_write_that_nobody_waits_for_is_ended_before_the_file_is_closed(file: Path) -> None:
    async with opened_checkpoints(file) as checkpointer:
        write = await begun_write(checkpointer)
    assert rows_in(file) == 1
    await write


async def test_a_write_that_was_cancelled_leaves_no_lock_and_nothing_half(file: Path) -> None:
    async with opened_checkpoints(file) as checkpointer:
        write = await begun_write(checkpointer)
        write.cancel()
        with pytest.raises(asyncio.CancelledError) as cancelled:
            await write
    assert rows_in(file) == 0, cancelled


async def test_somebody_elses_write_is_waited_for_as_long_as_in_the_run_store(file: Path) -> None:
    async with opened_checkpoints(file) as checkpointer:
        ((milliseconds,),) = await checkpointer.conn.execute_fetchall("PRAGMA busy_timeout")
    assert milliseconds == 30_000


async def test_a_write_that_comes_too_late_is_refused_and_locks_nothing(file: Path) -> None:
    async with opened_checkpoints(file) as checkpointer:
        await checkpointer.setup()
    with pytest.raises(ValueError, match=r"[Cc]losed|no active connection"):
        await checkpointer.aput_writes(CONFIG, [("messages", "late")], "t1")
    assert rows_in(file) == 0
