"""The database file of a live environment: did it change, and what is in it?"""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path

from awm_langgraph.errors import SnapshotError

_CHANGE_COUNTER = slice(24, 28)
_WRITE_VERSION_OFFSET = 18
_WAL_VERSION = 2
_HEADER_BYTES = 100
_BUSY_SECONDS = 5.0


class LiveDatabase:
    """A SQLite file that a server writes while we watch.

    The change counter is bytes 24 to 27 of the file's header (sqlite.org/fileformat2.html, section 1.3.7): it moves
    with every transaction that writes, and stays still on reads, rollbacks and updates of no row.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    def write_image(self, image: bytes) -> None:
        """Lay a whole database down as a new file; no server may have it open."""
        for suffix in ("-journal", "-wal", "-shm"):
            Path(f"{self.path}{suffix}").unlink(missing_ok=True)
        self.path.write_bytes(image)

    def change_mark(self) -> bytes:
        """Read what differs after a write: the change counter, and the size of a write-ahead log if there is one."""
        descriptor = os.open(self.path, os.O_RDONLY)
        try:
            header = os.pread(descriptor, _HEADER_BYTES, 0)
        finally:
            os.close(descriptor)
        mark = header[_CHANGE_COUNTER]
        if _is_wal(header):
            mark += b"|%d|" % _size_of(Path(f"{self.path}-wal"))
        return mark

    def read_image(self) -> bytes:
        """Read the committed content as the bytes of one database file.

        Raises:
            SnapshotError: SQLite cannot read it, or a writer holds it for too long.
        """
        if not _size_of(Path(f"{self.path}-journal")) and not _size_of(Path(f"{self.path}-wal")):
            try:
                return self.path.read_bytes()
            except OSError as error:
                raise SnapshotError(f"the database {self.path} cannot be read: {error}") from error
        return self._read_through_sqlite()

    def _read_through_sqlite(self) -> bytes:
        """Let SQLite settle an unfinished transaction instead of copying its uncommitted pages."""
        try:
            source = sqlite3.connect(self.path, timeout=_BUSY_SECONDS)
            target = sqlite3.connect(":memory:")
            try:
                source.backup(target)
                return _without_wal(target.serialize())
            finally:
                source.close()
                target.close()
        except sqlite3.Error as error:
            raise SnapshotError(f"the database {self.path} cannot be read: {error}") from error


def _is_wal(header: bytes) -> bool:
    return len(header) > _WRITE_VERSION_OFFSET and header[_WRITE_VERSION_OFFSET] == _WAL_VERSION


def _without_wal(image: bytes) -> bytes:
    """Mark an image as one without a log beside it (file format versions 1): it has all that the log had."""
    return image[:_WRITE_VERSION_OFFSET] + b"\x01\x01" + image[_WRITE_VERSION_OFFSET + 2 :]


def _size_of(path: Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0
