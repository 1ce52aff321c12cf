"""The writers are real processes with real SQLite; what must hold of an image is asked of SQLite too."""

import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from awm_langgraph.environment.database import MAX_DATABASE_BYTES, LiveDatabase
from awm_langgraph.errors import EnvironmentBuildError, SnapshotError

ROWS = 400
READINGS = 200
JOURNAL_MODES = ["DELETE", "TRUNCATE", "PERSIST", "WAL"]

WRITER = """
import os, signal, sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute(f"PRAGMA journal_mode = {sys.argv[2]}")
connection.execute("PRAGMA synchronous = OFF")
"""

# Changes every row and adds others, far beyond its cache, so that uncommitted pages are in the files; then it dies.
KILLED = """
connection.execute("PRAGMA cache_size = 2")
connection.execute("BEGIN")
for number in range(int(sys.argv[3])):
    connection.execute("UPDATE t SET x = -1, filling = randomblob(900) WHERE rowid = ?", (number % 400 + 1,))
    connection.execute("INSERT INTO t VALUES (-1, randomblob(900))")
os.kill(os.getpid(), signal.SIGKILL)
"""

# Moves amounts between the rows of two tables, in transactions of many pages, until it is killed.
BUSY = """
import hashlib, random
connection.execute("PRAGMA cache_size = 2")
connection.execute("PRAGMA wal_autocheckpoint = 50")
connection.executescript("CREATE TABLE a (x, filling); CREATE TABLE b (x, filling);")
for table in "ab":
    connection.executemany(f"INSERT INTO {table} VALUES (?, randomblob(900))", [(100,)] * 40)
print("ready", flush=True)
while True:
    amount = random.randrange(50)
    connection.execute("BEGIN")
    connection.execute("UPDATE a SET x = x - ?, filling = randomblob(900)", (amount,))
    connection.execute("UPDATE b SET x = x + ?, filling = randomblob(900)", (amount,))
    connection.execute(random.choice(["COMMIT", "COMMIT", "ROLLBACK"]))
    hashlib.sha256(bytes(200_000)).digest()
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "live.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript("CREATE TABLE t (x, filling); INSERT INTO t VALUES (1, '');")
    return path


def fill(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.executemany(
            "INSERT INTO t VALUES (?, randomblob(900))", [(number,) for number in range(2, ROWS + 1)]
        )


@contextmanager
def loaded(image: bytes) -> Iterator[sqlite3.Connection]:
    """Open an image the way it will be used: laid down as a file, whatever its journal mode."""
    with closing(sqlite3.connect(":memory:")) as connection:
        # a database in memory has no log, and SQLite refuses one that says it has
        connection.deserialize(image[:18] + b"\1\1" + image[20:])
        yield connection


def rows(image: bytes) -> list[int]:
    with loaded(image) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        return [x for (x,) in connection.execute("SELECT x FROM t ORDER BY x")]


@contextmanager
def writer(script: str, path: Path, *arguments: object) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-c", WRITER + script, str(path), *map(str, arguments)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield process
        finally:
            process.kill()


@pytest.mark.parametrize("mode", JOURNAL_MODES)
def test_the_mark_moves_on_a_write_and_stays_on_reads_rollbacks_and_empty_updates(mode: str, path: Path) -> None:
    database = LiveDatabase(path)
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute(f"PRAGMA journal_mode = {mode}")
        reading = database.read()
        connection.execute("SELECT * FROM t").fetchall()
        connection.execute("UPDATE t SET x = 2 WHERE x = 99")
        connection.execute("BEGIN")
        connection.execute("INSERT INTO t VALUES (3, '')")
        connection.execute("ROLLBACK")
        assert database.change_mark() == reading.mark
        assert database.read() == reading
        for number in (4, 5, 6):
            connection.execute("INSERT INTO t VALUES (?, '')", (number,))
            before, reading = reading, database.read()
            assert database.change_mark() == reading.mark != before.mark
    assert rows(database.read().image) == [1, 4, 5, 6]


@pytest.mark.parametrize("mode", JOURNAL_MODES)
def test_a_quick_look_sees_every_write_and_never_trusts_a_database_with_a_log(mode: str, path: Path) -> None:
    database = LiveDatabase(path)
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute(f"PRAGMA journal_mode = {mode}")
        mark = database.change_mark()
        connection.execute("SELECT count(*) FROM t").fetchone()
        assert database.is_still_at(mark) == (mode != "WAL")
        connection.execute("INSERT INTO t (x) VALUES (1)")
        assert not database.is_still_at(mark)


def test_the_mark_follows_a_log_that_is_written_over_and_one_that_comes_and_goes(path: Path) -> None:
    database = LiveDatabase(path)
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        marks = {database.change_mark()}
        for number in (2, 3, 4):
            connection.execute("INSERT INTO t VALUES (?, '')", (number,))
            marks.add(database.change_mark())
            connection.execute("PRAGMA wal_checkpoint").fetchone()
            assert rows(database.read().image)[-1] == number
    for number in (5, 6):
        with closing(sqlite3.connect(path, isolation_level=None)) as connection:
            connection.execute("INSERT INTO t VALUES (?, '')", (number,))
        marks.add(database.change_mark())
    assert len(marks) == 6


def test_an_image_is_the_file_itself_when_nothing_is_going_on(path: Path) -> None:
    reading = LiveDatabase(path).read()
    assert reading.image == path.read_bytes()
    assert reading.mark == reading.image[24:28]


@pytest.mark.parametrize("mode", JOURNAL_MODES)
def test_an_image_holds_no_row_of_a_transaction_that_is_under_way(mode: str, path: Path) -> None:
    fill(path)
    database = LiveDatabase(path)
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute(f"PRAGMA journal_mode = {mode}")
        connection.execute("PRAGMA cache_size = 2")
        connection.execute("BEGIN")
        connection.execute("INSERT INTO t SELECT x + 1000, randomblob(900) FROM t")
        # the server holds every lock there is, and is not kept waiting
        assert rows(database.read().image) == list(range(1, ROWS + 1))
        connection.execute("COMMIT")
        assert rows(database.read().image)[-1] == 1000 + ROWS


@pytest.mark.parametrize("mode", JOURNAL_MODES)
@pytest.mark.parametrize("changes", [1, 20, 100, 1500])
def test_a_writer_killed_inside_a_transaction_leaves_what_was_committed(mode: str, changes: int, path: Path) -> None:
    fill(path)
    with writer(KILLED, path, mode, changes) as killed:
        assert killed.wait() == -signal.SIGKILL
    left = path.read_bytes() + b"".join(beside.read_bytes() for beside in path.parent.glob("live.db-[jw]*"))
    database = LiveDatabase(path)
    assert rows(database.read().image) == list(range(1, ROWS + 1))
    assert database.read() == database.read()
    if changes >= 100:
        assert len(left) > len(database.read().image), "the transaction never left the writer's memory"


@pytest.mark.parametrize("mode", JOURNAL_MODES)
def test_images_taken_while_a_server_writes_are_never_torn(mode: str, tmp_path: Path) -> None:
    database = LiveDatabase(tmp_path / "busy.db")
    sums: set[int] = set()
    with writer(BUSY, database.path, mode) as busy:
        assert busy.stdout is not None
        assert busy.stdout.readline() == "ready\n"
        readings = 0
        # the writer may be kept from the processor for longer than this process
        while readings < READINGS or len(sums) < 2:
            assert busy.poll() is None
            readings += 1
            with loaded(database.read().image) as connection:
                assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
                ((a,),) = connection.execute("SELECT sum(x) FROM a")
                ((b,),) = connection.execute("SELECT sum(x) FROM b")
            assert a + b == 8000
            sums.add(a)


def test_a_journal_that_names_another_file_is_not_followed(path: Path) -> None:
    victim = path.with_name("victim")
    victim.write_text("SQLite would remove it")
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode = PERSIST")
        connection.execute("INSERT INTO t VALUES (2, '')")
    name = str(victim).encode()
    tail = bytes.fromhex("ffffffff") + name + len(name).to_bytes(4) + sum(name).to_bytes(4)
    magic = bytes.fromhex("d9d505f920a163d7")
    journal = Path(f"{path}-journal")
    journal.write_bytes(magic + journal.read_bytes()[8:] + tail + magic)
    with pytest.raises(SnapshotError, match="in a transaction with other databases"):
        LiveDatabase(path).read()
    assert victim.exists()


def test_an_image_is_laid_down_without_what_an_older_database_left_beside_it(path: Path, tmp_path: Path) -> None:
    image = LiveDatabase(path).read().image
    other = LiveDatabase(tmp_path / "new" / "other.db")
    other.write_image(image)
    Path(f"{other.path}-journal").write_bytes(b"left over")
    Path(f"{other.path}-wal").write_bytes(b"left over")
    other.write_image(image)
    assert [found.name for found in other.path.parent.iterdir()] == ["other.db"]
    assert rows(other.read().image) == [1]


def test_an_image_with_a_log_of_its_own_can_be_laid_down_and_read_again(path: Path) -> None:
    database = LiveDatabase(path)
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("INSERT INTO t VALUES (2, '')")
        image = database.read().image
    database.write_image(image)
    assert database.read().image == image
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA journal_mode").fetchall() == [("wal",)]
        assert connection.execute("SELECT x FROM t").fetchall() == [(1,), (2,)]


def test_what_cannot_be_laid_down_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(EnvironmentBuildError, match=r"live\.db cannot be written: File exists"):
        LiveDatabase(tmp_path / "file" / "live.db").write_image(b"")


def test_a_database_that_is_gone_or_no_database_any_more_is_an_error(path: Path) -> None:
    database = LiveDatabase(path)
    path.write_bytes(b"overwritten by its server" * 10)
    with pytest.raises(SnapshotError, match="it is no SQLite database"):
        database.read()
    path.unlink()
    for read in (database.read, database.change_mark):
        with pytest.raises(SnapshotError, match=r"live\.db cannot be read: No such file or directory"):
            read()


def test_a_database_that_is_no_plain_file_of_bounded_size_is_not_touched(path: Path) -> None:
    database = LiveDatabase(path)
    secret = path.with_name("secret")
    path.rename(secret)
    path.symlink_to(secret)
    for read in (database.read, database.change_mark):
        with pytest.raises(SnapshotError, match="cannot be read: Too many levels of symbolic links"):
            read()
    path.unlink()
    os.mkfifo(path)
    with pytest.raises(SnapshotError, match="it is no plain file"):
        database.read()
    path.unlink()
    secret.rename(path)
    os.truncate(path, MAX_DATABASE_BYTES + 1)
    with pytest.raises(SnapshotError, match="it has more than 268435456 bytes"):
        database.read()
