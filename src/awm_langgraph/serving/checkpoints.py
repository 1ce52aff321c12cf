"""A server's checkpoints, from which single runs can be taken out again."""

from __future__ import annotations

from collections.abc import Iterable

from langgraph.checkpoint.sqlite.aio import AsyncSqliteSaver
from typing_extensions import override

_OF_RUN = "json_extract(CAST(metadata AS TEXT), '$.run_id') = ?"
_KEY = "thread_id, checkpoint_ns, checkpoint_id"
_DELETE_WRITES = f"DELETE FROM writes WHERE ({_KEY}) IN (SELECT {_KEY} FROM checkpoints WHERE {_OF_RUN})"
_DELETE_CHECKPOINTS = f"DELETE FROM checkpoints WHERE {_OF_RUN}"


class ServedCheckpoints(AsyncSqliteSaver):
    """The checkpoints of an open file, as LangGraph's server wants them.

    It asks for those of a run to be deleted when the run is, and when a later one rolls it back
    (``multitask_strategy="rollback"``); without that both fail (langgraph-api 0.16).
    """

    def __init__(self, opened: AsyncSqliteSaver) -> None:
        super().__init__(opened.conn, serde=opened.serde)
        self.lock = opened.lock  # who closes the file waits for it

    @override
    async def adelete_for_runs(self, run_ids: Iterable[str]) -> None:
        """Delete what these runs have left, in whatever thread; what was there before them is the latest again."""
        runs = [(str(one),) for one in run_ids]
        await self.setup()
        async with self.lock:
            await self.conn.executemany(_DELETE_WRITES, runs)
            await self.conn.executemany(_DELETE_CHECKPOINTS, runs)
            await self.conn.commit()
