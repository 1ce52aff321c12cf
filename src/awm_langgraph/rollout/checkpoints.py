"""The file of a run's checkpoints, opened and closed without leaving it locked."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from awm_langgraph.rollout.folders import LOCK_TIMEOUT_SECONDS

if TYPE_CHECKING:
    from langgraph.checkpoint.sqlite.aio import AsyncSqliteSaver


@asynccontextmanager
async def opened_checkpoints(file: Path) -> AsyncIterator[AsyncSqliteSaver]:
    """Open a file of checkpoints, made if there is none, for as long as the block lasts.

    LangGraph notes a cancelled node after the graph has ended. Were the connection closed inside that write, SQLite
    would keep its transaction, and the file's lock with it, for as long as anybody remembers the write's cursor: so
    the write that is going on is waited for, and none begins after it.

    Raises:
        sqlite3.Error: the file cannot be opened; one that holds something else fails when it is first used.
    """
    import aiosqlite
    from langgraph.checkpoint.sqlite.aio import AsyncSqliteSaver

    async with aiosqlite.connect(file, timeout=LOCK_TIMEOUT_SECONDS) as connection:
        checkpointer = AsyncSqliteSaver(connection)
        try:
            yield checkpointer
        finally:
            async with checkpointer.lock:
                # what a write that was cancelled before its end left open
                await connection.rollback()
                await connection.close()
