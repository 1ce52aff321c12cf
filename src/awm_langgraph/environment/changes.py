"""Which rows a call changed: two states of one database, compared table by table.

The databases are written by code that is not ours, so SQLite reads copies of them in memory, without trusting what
their schema calls. It counts, and Python sees no row: the work is done where it keeps no other thread waiting.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Mapping, Sequence
from contextlib import closing
from itertools import islice
from pathlib import Path

import zstandard
from pydantic import Field

from awm_langgraph.environment.snapshot_files import SUFFIX
from awm_langgraph.environment.snapshots import SnapshotStore
from awm_langgraph.episode import Value
from awm_langgraph.errors import SnapshotError

MOST_BYTES = 8 * 1024 * 1024
"""Largest database that is compared."""
MOST_SECONDS = 0.5
"""Longest time that one comparison may work; what it waits for a processor does not count."""
MOST_TABLES = 30
"""Most changed tables that are named."""

_NAME_LIMIT_CHARACTERS = 100
_NOTE_LIMIT_CHARACTERS = 300
_MOST_HEADER_BYTES = 18
_STEPS_BETWEEN_LOOKS_AT_THE_CLOCK = 20_000
_JOURNAL_VERSIONS = slice(18, 20)
_ROLLBACK_JOURNAL = b"\1\1"
_ROW_NAMES = ("rowid", "_rowid_", "oid")


class TableChange(Value):
    """How many rows of a table came, went, or are there with other values."""

    inserted: int = 0
    updated: int = 0
    deleted: int = 0


class DatabaseChange(Value):
    """What differs between two states of a database, by table; ``note`` says what was not looked at, and why."""

    tables: dict[str, TableChange] = Field(default_factory=dict)
    note: str = ""


def compare(before: bytes, after: bytes, *, most_seconds: float = MOST_SECONDS) -> DatabaseChange:
    """Count the rows that differ between two database files, given as their bytes; blocks for some milliseconds.

    A row is the same row as long as SQLite's own number of it stays, or the primary key of a table without such
    numbers. What is too large, takes too long or cannot be read is left out, and the note says so.
    """
    if max(len(before), len(after)) > MOST_BYTES:
        return _too_large()
    deadline = time.thread_time() + most_seconds
    found: dict[str, TableChange] = {}
    try:
        with closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
            connection.set_progress_handler(lambda: time.thread_time() > deadline, _STEPS_BETWEEN_LOOKS_AT_THE_CLOCK)
            _load(connection, before=before, after=after)
            for table in _tables(connection):
                if time.thread_time() > deadline:
                    return _told(found, f"not all compared: it took more than {most_seconds:g} s")
                change = _change(connection, table)
                if change != TableChange():
                    found[table] = change
    except (sqlite3.Error, UnicodeError) as error:
        return _told(found, f"not all compared: {error}")
    return _told(found)


def compare_snapshots(snapshots: Path, before: str, after: str) -> DatabaseChange:
    """Compare two snapshots of a folder, as ``compare`` does; one that is too large is not even read."""
    store = SnapshotStore(snapshots)
    try:
        if max(_bytes_of(snapshots / f"{name}{SUFFIX}") for name in (before, after)) > MOST_BYTES:
            return _too_large()
        return compare(store.get(before), store.get(after))
    except (SnapshotError, OSError, zstandard.ZstdError) as error:
        return DatabaseChange(note=f"not compared: {error}")


def _bytes_of(packed: Path) -> int:
    """Read from a snapshot's header how large its database is."""
    with packed.open("rb") as file:
        return zstandard.frame_content_size(file.read(_MOST_HEADER_BYTES))


def _told(found: Mapping[str, TableChange], note: str = "") -> DatabaseChange:
    """Keep what is told short, however many tables there are and whatever they are called."""
    shown = {_cut(name, _NAME_LIMIT_CHARACTERS): change for name, change in islice(found.items(), MOST_TABLES)}
    more = f"{len(found) - len(shown)} more tables changed" if len(found) > len(shown) else ""
    return DatabaseChange(tables=shown, note="; ".join(filter(None, (more, _cut(note, _NOTE_LIMIT_CHARACTERS)))))


def _cut(text: str, limit_characters: int) -> str:
    return text if len(text) <= limit_characters else f"{text[: limit_characters - 1]}…"


def _too_large() -> DatabaseChange:
    return DatabaseChange(note=f"not compared: the database has more than {MOST_BYTES:,} bytes")


def _load(connection: sqlite3.Connection, **images: bytes) -> None:
    for pragma in ("trusted_schema = OFF", "cell_size_check = ON", "query_only = ON"):
        connection.execute(f"PRAGMA {pragma}")
    for name, image in images.items():
        connection.execute(f"ATTACH ':memory:' AS {name}")
        # a snapshot is whole: what its header may say of a log beside it would keep SQLite from reading it
        head, tail = image[: _JOURNAL_VERSIONS.start], image[_JOURNAL_VERSIONS.stop :]
        connection.deserialize(head + _ROLLBACK_JOURNAL + tail, name=name)


def _tables(connection: sqlite3.Connection) -> list[str]:
    """Name the tables of either state that hold rows of their own."""
    named = (
        f"SELECT name FROM {side}.sqlite_master WHERE type = 'table' AND rootpage > 0 AND name NOT GLOB 'sqlite_*'"
        for side in ("before", "after")
    )
    return [name for (name,) in connection.execute(f"{' UNION '.join(named)} ORDER BY name")]


def _change(connection: sqlite3.Connection, table: str) -> TableChange:
    """Count what differs in a table; where it has other columns than before, every row that stayed does."""
    name = _quoted(table)
    before, after = (
        [(column, place) for _, column, _, _, _, place in connection.execute(f"PRAGMA {side}.table_info({name})")]
        for side in ("before", "after")
    )
    if not before or not after:
        side = "after" if after else "before"
        ((count,),) = connection.execute(f"SELECT count(*) FROM {side}.{name}")
        return TableChange(inserted=count) if after else TableChange(deleted=count)
    key = " AND ".join(f"a.{column} = b.{column}" for column in _key(connection, name, after))
    differs = _differs([column for column, _ in after]) if before == after else "1"
    ((was, now, kept, updated),) = connection.execute(
        f"SELECT (SELECT count(*) FROM before.{name}), (SELECT count(*) FROM after.{name}), count(*), "
        f"coalesce(sum({differs}), 0) FROM after.{name} AS a JOIN before.{name} AS b ON {key}"
    )
    return TableChange(inserted=now - kept, updated=updated, deleted=was - kept)


def _key(connection: sqlite3.Connection, name: str, columns: Sequence[tuple[str, int]]) -> list[str]:
    """Name what tells a row from another: SQLite's own number of it, or the primary key of a table that has none."""
    taken = {column.lower() for column, _ in columns}
    number = next((each for each in _ROW_NAMES if each not in taken), None)
    keys = [_quoted(column) for column, place in columns if place]
    if number is None:
        return keys
    try:
        connection.execute(f"SELECT {number} FROM after.{name} LIMIT 0")
    except sqlite3.OperationalError:
        return keys
    return [number]


def _differs(columns: Sequence[str]) -> str:
    """Compare two rows byte by byte, whatever the columns' own rules of comparison are."""
    sides = (f"({', '.join(f'{side}.{_quoted(column)} COLLATE BINARY' for column in columns)})" for side in "ab")
    return " IS NOT ".join(sides)


def _quoted(name: str) -> str:
    return '"{}"'.format(name.replace('"', '""'))
