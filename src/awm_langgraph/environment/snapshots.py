"""Snapshots: whole databases, named by their content, compressed, each stored once."""

from __future__ import annotations

import hashlib
import os
import re
import zlib
from pathlib import Path
from uuid import uuid4

from awm_langgraph.errors import SnapshotError

_COMPRESSION_LEVEL = 1
_ID = re.compile(r"[0-9a-f]{64}")


class SnapshotStore:
    """The snapshots of one episode, in one folder. A snapshot's id is the SHA-256 (hex) of the database's bytes."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def put(self, image: bytes) -> str:
        """Store a database and answer its id; a database that is here already costs nothing.

        Raises:
            SnapshotError: the folder cannot be written.
        """
        snapshot = hashlib.sha256(image).hexdigest()
        path = self._path(snapshot)
        if path.exists():
            return snapshot
        unfinished = path.with_name(f".{snapshot}.{uuid4().hex[:8]}")
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            unfinished.write_bytes(zlib.compress(image, _COMPRESSION_LEVEL))
            os.replace(unfinished, path)
        except OSError as error:
            raise SnapshotError(f"the snapshot cannot be written to {self.folder}: {error}") from error
        return snapshot

    def get(self, snapshot: str) -> bytes:
        """Read a database back.

        Raises:
            SnapshotError: it is not here, or what is here is not what was stored.
        """
        path = self._path(snapshot)
        try:
            image = zlib.decompress(path.read_bytes())
        except FileNotFoundError as error:
            raise SnapshotError(f"snapshot {snapshot[:12]} is not in {self.folder}") from error
        except (OSError, zlib.error) as error:
            raise SnapshotError(f"snapshot {snapshot[:12]} in {self.folder} is damaged: {error}") from error
        if hashlib.sha256(image).hexdigest() != snapshot:
            raise SnapshotError(f"snapshot {snapshot[:12]} in {self.folder} is damaged: its content has another name")
        return image

    def _path(self, snapshot: str) -> Path:
        if not _ID.fullmatch(snapshot):
            raise SnapshotError(f"{snapshot!r} is no snapshot id: expected 64 hexadecimal digits")
        return self.folder / f"{snapshot}.db.z"
