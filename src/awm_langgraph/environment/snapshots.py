"""Snapshots: whole databases, named by their content, compressed, each stored once."""

from __future__ import annotations

import hashlib
import os
import re
import time
from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import zstandard

from awm_langgraph.environment.database import MAX_DATABASE_BYTES
from awm_langgraph.environment.snapshot_files import SUFFIX, bytes_in, files_in, is_kept, is_removed, write_whole
from awm_langgraph.errors import SnapshotError

BUDGET_BYTES = 1024**3
"""What one store may use on disk, unless it is told otherwise."""

MIN_AGE_SECONDS = 3600.0
"""How long a snapshot that no checkpoint names is left alone: its checkpoint may be on its way."""

_FASTEST_LEVEL = 1
_MAX_CONTENT_BYTES = MAX_DATABASE_BYTES + MAX_DATABASE_BYTES // 128
"""Most that a file may hold; zstd adds less than that to what it cannot compress."""

_ID = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Packed:
    """A database ready to be stored: its id, which is the SHA-256 (hex) of its bytes, and what the file will hold."""

    snapshot: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Collected:
    """What a collection removed: how many files, and how many bytes are free again for it."""

    files: int = 0
    freed_bytes: int = 0

    def __add__(self, other: Collected) -> Collected:
        """Add up two collections."""
        return Collected(self.files + other.files, self.freed_bytes + other.freed_bytes)


def pack(image: bytes) -> Packed:
    """Name and compress a database.

    Raises:
        SnapshotError: it has more than ``MAX_DATABASE_BYTES``.
    """
    if len(image) > MAX_DATABASE_BYTES:
        raise SnapshotError(f"the database has {_mb(len(image))}: a snapshot has at most {_mb(MAX_DATABASE_BYTES)}")
    content = zstandard.ZstdCompressor(level=_FASTEST_LEVEL).compress(image)
    return Packed(hashlib.sha256(image).hexdigest(), content)


class SnapshotStore:
    """The snapshots of one episode, in one folder.

    A snapshot whose id was handed out is on disk under its name, whole, and outlives this process however that ends.
    After a failure of power it may come back cut short: reading tells, and storing the same database again mends it.
    """

    def __init__(self, folder: Path, *, shared: Path | None = None, budget_bytes: int = BUDGET_BYTES) -> None:
        """Name the folder; it is made when the first snapshot comes.

        ``shared`` is a folder for what the episodes of a run have in common. Its files are hard links, so that they
        take their room once, and any of the folders may be removed without harm to the others.
        """
        self.folder = folder
        self._shared = None if shared is None else SnapshotStore(shared, budget_bytes=budget_bytes)
        self._budget_bytes = budget_bytes
        self._used_bytes: int | None = None

    def put(self, image: bytes, *, is_shared: bool = False) -> str:
        """Store a database and answer its id; a database that is here already takes no more room.

        Raises:
            SnapshotError: see ``pack`` and ``keep``.
        """
        return self.keep(pack(image), is_shared=is_shared)

    def keep(self, packed: Packed, *, is_shared: bool = False) -> str:
        """Store a packed database and answer its id. ``is_shared``: other episodes of the run have the very same one.

        Raises:
            SnapshotError: the folder cannot be written or is gone, or the disk or the budget is full.
        """
        self._keep(packed, self._twin_of(packed) if is_shared else None)
        return packed.snapshot

    def get(self, snapshot: str) -> bytes:
        """Read a database back.

        Raises:
            SnapshotError: it is not here, or what is here is not what was stored.
        """
        path = self._path(snapshot)
        try:
            image = _unpacked(_read(path))
        except FileNotFoundError as error:
            raise SnapshotError(f"snapshot {snapshot[:12]} is not in {self.folder}") from error
        except OSError as error:
            raise SnapshotError(
                f"snapshot {snapshot[:12]} in {self.folder} cannot be read: {error.strerror}"
            ) from error
        except zstandard.ZstdError as error:
            raise SnapshotError(f"snapshot {snapshot[:12]} in {self.folder} is damaged: {error}") from error
        if hashlib.sha256(image).hexdigest() != snapshot:
            raise SnapshotError(f"snapshot {snapshot[:12]} in {self.folder} is damaged: its content has another name")
        return image

    def has(self, snapshot: str) -> bool:
        """Tell whether a snapshot is here, damaged or not."""
        # opened, not asked for: on an event loop a look at a file's status counts as blocking
        try:
            os.close(os.open(self._path(snapshot), os.O_RDONLY | os.O_CLOEXEC))
        except OSError:
            return False
        return True

    def collect(self, keep: Collection[str], *, min_age_seconds: float = MIN_AGE_SECONDS) -> Collected:
        """Remove the snapshots that ``keep`` does not name, and what killed writers left behind.

        What was stored, or stored again, in the last ``min_age_seconds`` stays.

        Raises:
            SnapshotError: the folder cannot be read or written.
        """
        newest = time.time() - min_age_seconds
        kept = {f"{snapshot}{SUFFIX}" for snapshot in keep}
        sizes = []
        try:
            for path, status in files_in(self.folder):
                if path.name not in kept and status.st_mtime <= newest and is_removed(path, newest):
                    # under another name, of an episode that has the same, it takes its room as before
                    sizes.append(status.st_size if status.st_nlink == 1 else 0)
        except OSError as error:
            raise SnapshotError(f"snapshots cannot be removed from {self.folder}: {error.strerror}") from error
        return Collected(len(sizes), sum(sizes))

    def _keep(self, packed: Packed, twin: Path | None = None) -> Path:
        path = self._path(packed.snapshot)
        try:
            if self._used_bytes is None:
                # once only: a folder that is gone later on was taken away, with snapshots that were handed out
                self.folder.mkdir(parents=True, exist_ok=True)
                self._used_bytes = bytes_in(self.folder)
            if not is_kept(path, packed.content):
                self._used_bytes = self._with_room_for(len(packed.content), self._used_bytes)
                write_whole(path, packed.content, twin)
        except OSError as error:
            raise SnapshotError(f"the snapshot cannot be written to {self.folder}: {error.strerror}") from error
        return path

    def _twin_of(self, packed: Packed) -> Path | None:
        """Keep the same in the shared folder; that this fails is no reason for the episode to fail."""
        with suppress(SnapshotError):
            return self._shared._keep(packed) if self._shared else None
        return None

    def _with_room_for(self, new_bytes: int, used_bytes: int) -> int:
        """Answer what will be used with some bytes more."""
        if used_bytes + new_bytes > self._budget_bytes:
            # something may have been collected meanwhile
            used_bytes = bytes_in(self.folder)
        if used_bytes + new_bytes > self._budget_bytes:
            raise SnapshotError(
                f"the snapshots in {self.folder} use {_mb(used_bytes)} of the {_mb(self._budget_bytes)} allowed "
                f"and the next needs {_mb(new_bytes)}: allow more (AWM_SNAPSHOT_BUDGET), or have those removed that "
                "no checkpoint names (awm-langgraph runs collect)"
            )
        return used_bytes + new_bytes

    def _path(self, snapshot: str) -> Path:
        if not _ID.fullmatch(snapshot):
            raise SnapshotError(f"{snapshot!r} is no snapshot id: expected 64 hexadecimal digits")
        return self.folder / f"{snapshot}{SUFFIX}"


def _read(path: Path) -> bytes:
    with path.open("rb") as file:
        size = os.fstat(file.fileno()).st_size
        if size > _MAX_CONTENT_BYTES:
            raise zstandard.ZstdError(f"it has {size} bytes")
        return file.read(_MAX_CONTENT_BYTES)


def _unpacked(content: bytes) -> bytes:
    # asked first: a few bytes can claim to be gigabytes, and room for them would be made before the first is read
    size = zstandard.frame_content_size(content)
    if not 0 <= size <= MAX_DATABASE_BYTES:
        raise zstandard.ZstdError(f"its header gives no size up to {_mb(MAX_DATABASE_BYTES)}")
    return zstandard.ZstdDecompressor().decompress(content)


def _mb(count: int) -> str:
    return f"{count / 1e6:.1f} MB"
