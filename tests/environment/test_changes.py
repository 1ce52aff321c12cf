"""The rows that differ between two databases, on real SQLite files."""

import sqlite3
import time
from contextlib import closing
from itertools import count
from pathlib import Path

import pytest

from awm_langgraph.environment.changes import (
    MOST_BYTES,
    MOST_TABLES,
    DatabaseChange,
    TableChange,
    compare,
    compare_snapshots,
)
from awm_langgraph.environment.snapshots import SnapshotStore


def image_of(*statements: str, start: bytes = b"") -> bytes:
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
        if start:
            connection.deserialize(start)
        for statement in statements:
            connection.execute(statement)
        return connection.serialize()


SEED = image_of(
    "CREATE TABLE tickets (id INTEGER PRIMARY KEY, status TEXT, note TEXT COLLATE NOCASE)",
    "INSERT INTO tickets VALUES (1, 'open', 'Call'), (2, 'open', NULL), (3, 'open', 'x')",
    "CREATE TABLE tags (name TEXT PRIMARY KEY, colour TEXT) WITHOUT ROWID",
    "INSERT INTO tags VALUES ('red', 'f00'), ('blue', '00f')",
    'CREATE TABLE "odd ""name" (rowid INTEGER, value BLOB)',
    "INSERT INTO \"odd \"\"name\" VALUES (1, x'00'), (1, x'01')",
    "CREATE TABLE untouched (id INTEGER PRIMARY KEY)",
    "INSERT INTO untouched VALUES (1)",
)


def change(*statements: str) -> DatabaseChange:
    return compare(SEED, image_of(*statements, start=SEED))


@pytest.mark.parametrize(
    ("statement", "table", "expected"),
    [
        ("INSERT INTO tickets VALUES (9, 'new', '')", "tickets", TableChange(inserted=1)),
        ("UPDATE tickets SET status = 'done' WHERE id < 3", "tickets", TableChange(updated=2)),
        ("UPDATE tickets SET note = 'call' WHERE id = 1", "tickets", TableChange(updated=1)),
        ("UPDATE tickets SET note = NULL WHERE id = 1", "tickets", TableChange(updated=1)),
        ("UPDATE tickets SET note = '' WHERE id = 2", "tickets", TableChange(updated=1)),
        ("DELETE FROM tickets", "tickets", TableChange(deleted=3)),
        ("UPDATE tickets SET id = 7 WHERE id = 3", "tickets", TableChange(inserted=1, deleted=1)),
        ("UPDATE tags SET colour = 'fff' WHERE name = 'red'", "tags", TableChange(updated=1)),
        ("INSERT INTO tags VALUES ('green', '0f0')", "tags", TableChange(inserted=1)),
        ('DELETE FROM "odd ""name" WHERE value = x\'00\'', 'odd "name', TableChange(deleted=1)),
        ('UPDATE "odd ""name" SET value = x\'02\'', 'odd "name', TableChange(updated=2)),
        ("CREATE TABLE later AS SELECT * FROM tags", "later", TableChange(inserted=2)),
        ("DROP TABLE tags", "tags", TableChange(deleted=2)),
        ("ALTER TABLE tickets ADD COLUMN size INTEGER", "tickets", TableChange(updated=3)),
    ],
)
def test_rows_are_counted_by_what_became_of_them(statement: str, table: str, expected: TableChange) -> None:
    assert change(statement) == DatabaseChange(tables={table: expected})


def test_every_table_that_changed_is_named_and_no_other() -> None:
    found = change(
        "DELETE FROM tags", "INSERT INTO tickets (status) VALUES ('a'), ('b')", "DELETE FROM tickets WHERE id=1"
    )
    assert found.tables == {"tags": TableChange(deleted=2), "tickets": TableChange(inserted=2, deleted=1)}


def test_a_database_that_is_only_laid_out_in_another_way_has_no_changed_row() -> None:
    assert change("CREATE INDEX i ON tickets(status)", "VACUUM") == DatabaseChange()


def test_a_file_that_was_left_in_the_mode_of_a_log_is_read(tmp_path: Path) -> None:
    path = tmp_path / "wal.db"
    path.write_bytes(SEED)
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("DELETE FROM tags WHERE name = 'red'")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    assert compare(SEED, path.read_bytes()).tables == {"tags": TableChange(deleted=1)}


def test_of_many_tables_some_are_named_and_the_rest_is_counted() -> None:
    found = change(*(f"CREATE TABLE t{number} AS SELECT 1" for number in range(MOST_TABLES + 5)))
    assert len(found.tables) == MOST_TABLES
    assert found.note == "5 more tables changed"


def test_what_is_told_stays_short_whatever_the_tables_are_called() -> None:
    found = change(f'CREATE TABLE "{"long" * 1000}" AS SELECT 1')
    assert len(str(found.model_dump(mode="json"))) < 400


def test_what_takes_too_long_is_broken_off_and_says_so() -> None:
    found = compare(SEED, image_of("DELETE FROM tags", start=SEED), most_seconds=0.0)
    assert found == DatabaseChange(note="not all compared: it took more than 0 s")
    endless = image_of(
        "CREATE TABLE many (id INTEGER PRIMARY KEY)",
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 400000)"
        " INSERT INTO many SELECT i FROM n",
    )
    found = compare(endless, endless, most_seconds=0.001)
    assert found.tables == {}
    assert found.note.startswith("not all compared: ")


def test_what_waits_for_a_processor_is_not_broken_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time, "monotonic", count(step=3600).__next__)
    assert change("DELETE FROM tags WHERE name = 'red'") == DatabaseChange(tables={"tags": TableChange(deleted=1)})


def test_what_is_no_database_is_no_failure() -> None:
    for broken in (
        b"",
        b"SQLite format 3\0" + bytes(4096),
        SEED[: len(SEED) // 2],
        SEED[:100] + bytes(len(SEED) - 100),
    ):
        assert compare(SEED, broken).note.startswith("not all compared: ")


def test_nothing_that_the_schema_calls_is_run() -> None:
    trap = image_of(
        "CREATE TABLE safe (id INTEGER PRIMARY KEY, twice TEXT AS (printf('%.*c', 100000000, 'x')) VIRTUAL)",
        "INSERT INTO safe VALUES (1)",
        "CREATE VIEW trap AS SELECT load_extension('x')",
    )
    assert compare(trap, image_of("INSERT INTO safe VALUES (2)", start=trap)).tables == {
        "safe": TableChange(inserted=1)
    }


def test_snapshots_are_compared_by_their_names(tmp_path: Path) -> None:
    store = SnapshotStore(tmp_path)
    before, after = store.put(SEED), store.put(image_of("DELETE FROM tags", start=SEED))
    assert compare_snapshots(tmp_path, before, after).tables == {"tags": TableChange(deleted=2)}


def test_a_database_that_is_too_large_is_not_read(tmp_path: Path) -> None:
    store = SnapshotStore(tmp_path)
    large = bytes(MOST_BYTES + 1)
    names = store.put(SEED), store.put(large)
    expected = f"not compared: the database has more than {MOST_BYTES:,} bytes"
    assert compare(SEED, large).note == compare_snapshots(tmp_path, *names).note == expected


def test_a_snapshot_that_is_gone_or_damaged_is_no_failure(tmp_path: Path) -> None:
    store = SnapshotStore(tmp_path)
    before, after = store.put(SEED), store.put(image_of("DELETE FROM tags", start=SEED))
    (path,) = tmp_path.glob(f"{after}*")
    content = path.read_bytes()
    for damage in (b"", content[:40], content[:-9] + bytes(9)):
        path.write_bytes(damage)
        assert compare_snapshots(tmp_path, before, after).note.startswith("not compared: ")
    path.unlink()
    assert "No such file" in compare_snapshots(tmp_path, before, after).note
