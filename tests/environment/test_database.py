import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from awm_langgraph.environment.database import LiveDatabase
from awm_langgraph.errors import SnapshotError


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "live.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript("CREATE TABLE t (x); INSERT INTO t VALUES (1);")
    return path


def rows(image: bytes) -> list[int]:
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.deserialize(image)
        return [x for (x,) in connection.execute("SELECT x FROM t ORDER BY x")]


def test_the_mark_moves_on_a_write_and_stays_on_reads_rollbacks_and_empty_updates(path: Path) -> None:
    database = LiveDatabase(path)
    before = database.change_mark()
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("SELECT * FROM t").fetchall()
        connection.execute("UPDATE t SET x = 2 WHERE x = 99")
        connection.execute("BEGIN")
        connection.execute("INSERT INTO t VALUES (3)")
        connection.execute("ROLLBACK")
        assert database.change_mark() == before
        connection.execute("INSERT INTO t VALUES (2)")
    assert database.change_mark() != before


def test_an_image_holds_no_uncommitted_row(path: Path) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA cache_size = 1")
        connection.execute("BEGIN")
        connection.execute("INSERT INTO t VALUES (2)")
        assert rows(LiveDatabase(path).read_image()) == [1]


def test_a_write_ahead_log_is_followed_and_read(path: Path) -> None:
    database = LiveDatabase(path)
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        before = database.change_mark()
        connection.execute("INSERT INTO t VALUES (2)")
        assert database.change_mark() != before
        assert rows(database.read_image()) == [1, 2]


def test_an_image_is_laid_down_without_what_an_older_database_left_beside_it(path: Path, tmp_path: Path) -> None:
    image = LiveDatabase(path).read_image()
    other = tmp_path / "other.db"
    Path(f"{other}-journal").write_bytes(b"left over")
    LiveDatabase(other).write_image(image)
    assert not Path(f"{other}-journal").exists()
    assert rows(LiveDatabase(other).read_image()) == [1]


def test_a_database_that_is_gone_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(SnapshotError, match="cannot be read"):
        LiveDatabase(tmp_path / "nowhere.db").read_image()
