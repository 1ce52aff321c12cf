"""What a snapshot costs: ``python -m benchmarks.snapshots [--json]``.

Milliseconds, medians of 200, for a database of the size and emptiness that AWM's have (17 tables, few rows, many
indexes, 360 kB that pack to 11), live database and store both in the folder for temporary files.
"""

from __future__ import annotations

import random
import sqlite3
import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from awm_langgraph.environment.database import LiveDatabase
from awm_langgraph.environment.snapshots import SnapshotStore
from benchmarks.figures import Figures, figure, run

ROUNDS = 200
TARGETS_MS = {
    "snapshot after a writing call": 1.0,
    "snapshot, stored (part of the above)": 1.0,
    "snapshot, read back and laid down (part of a revival)": 10.0,
    "snapshot, read back (part of the above)": 10.0,
}

_TABLES, _ROWS = 17, 7
_INDEXED = ("name", "status", "n", "status, n")


def figures() -> Figures:
    """Measure; the published system has no snapshots."""
    with tempfile.TemporaryDirectory(prefix="awm-bench-") as folder:
        times = _times(Path(folder))
    return {name: figure(times[name], "ms", at_most=target) for name, target in TARGETS_MS.items()}


def _times(folder: Path) -> dict[str, list[float]]:
    store, copies = SnapshotStore(folder / "snapshots"), SnapshotStore(folder / "copies")
    live, revived = LiveDatabase(folder / "live" / "scenario.db"), LiveDatabase(folder / "revived" / "scenario.db")
    live.write_image(_image())
    times: dict[str, list[float]] = {name: [] for name in TARGETS_MS}

    def timed(name: str, action: Callable[..., object], *arguments: object) -> object:
        began = time.perf_counter()
        answer = action(*arguments)
        times[name].append((time.perf_counter() - began) * 1e3)
        return answer

    def take() -> str:
        assert live.change_mark() != mark
        return store.put(live.read().image)

    def lay_down(snapshot: str) -> None:
        revived.write_image(store.get(snapshot))

    after_call, stored, laid_down, read_back = TARGETS_MS
    with closing(sqlite3.connect(live.path, isolation_level=None)) as server:
        server.execute("PRAGMA synchronous = OFF")
        for number in range(ROUNDS):
            mark = live.change_mark()
            server.execute("INSERT INTO t0 VALUES (NULL, ?, ?, ?, ?)", (f"new {number}", "open", "a note", number))
            snapshot = timed(after_call, take)
            timed(stored, copies.put, live.read().image)
            timed(laid_down, lay_down, snapshot)
            timed(read_back, store.get, snapshot)
    return times


def _image() -> bytes:
    texts = random.Random(1)
    with closing(sqlite3.connect(":memory:")) as connection:
        for table in range(_TABLES):
            connection.execute(
                f"CREATE TABLE t{table} (id INTEGER PRIMARY KEY, name TEXT, status TEXT, note TEXT, n INT)"
            )
            for index, columns in enumerate(_INDEXED):
                connection.execute(f"CREATE INDEX i{table}_{index} ON t{table} ({columns})")
            for row in range(_ROWS):
                values = (f"thing {table} {row}", "open", texts.randbytes(60).hex(), row)
                connection.execute(f"INSERT INTO t{table} VALUES (NULL, ?, ?, ?, ?)", values)
        connection.commit()
        return connection.serialize()


if __name__ == "__main__":
    run(figures, __doc__)
