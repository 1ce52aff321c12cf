"""The database file of a live environment: did it change, and what is in it?"""

from __future__ import annotations

import errno
import hashlib
import os
import sqlite3
import stat
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from awm_langgraph.errors import EnvironmentBuildError, SnapshotError

MAX_DATABASE_BYTES = 256 * 1024 * 1024
"""Largest file that is read; a scenario's sandbox lets none grow beyond it."""

_ROOM_BYTES = 1024 * 1024
"""A file system with less left is as good as full: a write that failed for want of room has given some back."""

_MAGIC = b"SQLite format 3\0"
_HEADER_BYTES = 100
_CHANGE_COUNTER = slice(24, 28)
_WRITE_VERSION_OFFSET = 18
_WAL_VERSION = 2
_JOURNAL_MAGIC = bytes.fromhex("d9d505f920a163d7")
_MAX_READINGS = 1000
_PIECE_BYTES = 64 * 1024


@dataclass(frozen=True, slots=True)
class Reading:
    """The committed content as the bytes of one database file, and the change mark that goes with it."""

    image: bytes
    mark: bytes


@dataclass(frozen=True, slots=True)
class _Files:
    """The bytes of a database and of what SQLite keeps beside it; empty where there is no such file."""

    database: bytes
    journal: bytes
    log: bytes


class LiveDatabase:
    """A SQLite file that a server writes while we watch.

    The server runs code that is not ours, so its files are read as bytes, and as plain files of bounded size only:
    no link is followed, and SQLite opens copies only.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    def write_image(self, image: bytes) -> None:
        """Lay a whole database down as a new file; no server may have it open.

        Raises:
            EnvironmentBuildError: it cannot be written.
        """
        try:
            self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            for suffix in ("", "-journal", "-wal", "-shm"):
                Path(f"{self.path}{suffix}").unlink(missing_ok=True)
            with self.path.open("xb") as file:
                file.write(image)
        except OSError as error:
            raise EnvironmentBuildError(f"the database {self.path} cannot be written: {error.strerror}") from error

    def change_mark(self) -> bytes:
        """Read what differs after every committed write, and stays on reads, rollbacks and updates of no row.

        With a rollback journal that is the change counter, bytes 24 to 27 of the file
        (sqlite.org/fileformat2.html, section 1.3.7). With a write-ahead log no counter moves every time, so that all
        is hashed.

        Raises:
            SnapshotError: the file cannot be read.
        """
        header = _read(self.path, _HEADER_BYTES)
        return _mark_of(self._files()) if _is_wal(header) else header[_CHANGE_COUNTER]

    def has_room(self) -> bool:
        """Tell whether the file system has room for what a call may write; true where it does not say."""
        try:
            status = os.statvfs(self.path.parent)
        except OSError:
            return True
        is_out_of_files = status.f_files > 0 and status.f_favail == 0
        return status.f_bavail * status.f_frsize >= _ROOM_BYTES and not is_out_of_files

    def is_still_at(self, mark: bytes) -> bool:
        """Tell in microseconds whether nothing has changed; False where only ``change_mark`` could tell.

        Raises:
            SnapshotError: the file cannot be read.
        """
        header = _read(self.path, _HEADER_BYTES)
        return not _is_wal(header) and header[_CHANGE_COUNTER] == mark

    def read(self) -> Reading:
        """Read what is committed, whatever the server is doing or was doing when it died.

        The files are read, and then compared with what was read, until they are found the same. They are then the files
        of one moment, the one between reading and comparing, and what a server killed at that moment would have left:
        SQLite's own recovery makes the committed content of them. Between calls a server is at rest and the first
        comparison is the last. No lock is taken that could make the server wait.

        Raises:
            SnapshotError: the files cannot be read or are written without a pause, or are no SQLite database.
        """
        for _ in range(_MAX_READINGS):
            files = self._files()
            if self._are_still(files):
                return self._settled(files)
        raise SnapshotError(f"the database {self.path} cannot be read: its server writes without a pause")

    def _files(self) -> _Files:
        return _Files(*(_read(path, is_optional=path != self.path) for path in self._paths()))

    def _are_still(self, files: _Files) -> bool:
        contents = (files.database, files.journal, files.log)
        return all(_holds(path, content) for path, content in zip(self._paths(), contents, strict=True))

    def _paths(self) -> tuple[Path, Path, Path]:
        return self.path, Path(f"{self.path}-journal"), Path(f"{self.path}-wal")

    def _settled(self, files: _Files) -> Reading:
        """Undo a transaction that is not committed, and put into the database what only the log has."""
        if files.database and not files.database.startswith(_MAGIC):
            raise SnapshotError(f"the database {self.path} cannot be read: it is no SQLite database")
        # a journal that begins with a zero is over, says SQLite too: that is how it ends one without removing it
        journal = b"" if files.journal[:1] == b"\0" else files.journal
        if journal.endswith(_JOURNAL_MAGIC):
            # it names another file, which SQLite would remove after recovery: any file that the server cares to name
            raise SnapshotError(f"the database {self.path} cannot be read: it is in a transaction with other databases")
        try:
            image = _recovered(files.database, journal, files.log) if journal or files.log else files.database
        except (sqlite3.Error, OSError) as error:
            raise SnapshotError(f"the database {self.path} cannot be read: {error}") from error
        # the mark of the content, not of the file: a commit may have moved the counter that is still to be finished
        return Reading(image, _mark_of(files) if _is_wal(files.database) else image[_CHANGE_COUNTER])


def _recovered(database: bytes, journal: bytes, log: bytes) -> bytes:
    """Let SQLite recover private copies."""
    with tempfile.TemporaryDirectory(prefix="awm-") as folder:
        path = Path(folder, "copy.db")
        for suffix, content in (("", database), ("-journal", journal), ("-wal", log)):
            if content:
                Path(f"{path}{suffix}").write_bytes(content)
        with closing(sqlite3.connect(path, isolation_level=None)) as connection:
            # any read makes SQLite roll a journal back first; this one does not look at the schema
            connection.execute("PRAGMA schema_version").fetchone()
            if log:
                # nobody needs the copy after a failure of power
                connection.execute("PRAGMA synchronous = OFF")
                connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
            return path.read_bytes()


@contextmanager
def _opened(path: Path) -> Iterator[tuple[int, int]]:
    """Open a plain file for reading; give its descriptor and its size.

    Raises:
        OSError: it cannot be opened, or is no plain file of bounded size.
    """
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    try:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise OSError(errno.EINVAL, "it is no plain file")
        if status.st_size > MAX_DATABASE_BYTES:
            raise OSError(errno.EFBIG, f"it has more than {MAX_DATABASE_BYTES} bytes")
        yield descriptor, status.st_size
    finally:
        os.close(descriptor)


def _read(path: Path, most_bytes: int = MAX_DATABASE_BYTES, *, is_optional: bool = False) -> bytes:
    """Read a file from its beginning.

    Raises:
        SnapshotError: it cannot be read, or is no plain file of bounded size.
    """
    try:
        with _opened(path) as (descriptor, size):
            return os.pread(descriptor, min(size, most_bytes), 0)
    except OSError as error:
        if is_optional and isinstance(error, FileNotFoundError):
            return b""
        raise SnapshotError(f"the database {path} cannot be read: {error.strerror}") from error


def _holds(path: Path, content: bytes) -> bool:
    """Tell whether a file holds exactly this; in pieces, because fresh memory for all of it costs more than reading."""
    try:
        with _opened(path) as (descriptor, size):
            return size == len(content) and all(
                os.pread(descriptor, _PIECE_BYTES, start) == content[start : start + _PIECE_BYTES]
                for start in range(0, size, _PIECE_BYTES)
            )
    except OSError:
        return not content


def _is_wal(header: bytes) -> bool:
    return len(header) > _WRITE_VERSION_OFFSET and header[_WRITE_VERSION_OFFSET] == _WAL_VERSION


def _mark_of(files: _Files) -> bytes:
    digest = hashlib.sha256(files.database)
    digest.update(files.log)
    return digest.digest()
