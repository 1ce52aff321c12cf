"""A byte-offset index of one JSON Lines file, so that one row is read without reading the rest.

Building it reads the file once, a line at a time, and checks every row; what was skipped is kept with the index and so
told at every later opening. It lies beside the data in ``.awm-index/``, or in the user's cache where that cannot be
written, and holds for one size and modification time of the file.
"""

from __future__ import annotations

import hashlib
import os
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO, Literal

from awm_langgraph.catalog.folders import cache_folder
from awm_langgraph.catalog.rows import DataFile
from awm_langgraph.catalog.scan import Scan, lines
from awm_langgraph.episode import Value

Progress = Callable[[str, int, int], None]
"""Hears the file's name, the bytes read so far and the bytes in all."""

_BYTES_BETWEEN_REPORTS = 4 * 2**20


class FileIndex(Value):
    """Where each row of a file lies: ``rows`` maps its key to (offset, length) in bytes.

    ``sha256`` is that of the file's content. ``version`` changes with what building an index means.
    """

    version: Literal[1] = 1
    size: int
    mtime_ns: int
    sha256: str
    notices: tuple[str, ...]
    rows: dict[str, tuple[int, int]]


def index_of(folder: Path, file: DataFile[Any], on_progress: Progress | None = None) -> FileIndex:
    """Return the index of a file in a folder, built first where there is none that holds.

    Raises:
        OSError: The file cannot be read.
    """
    path = folder / file.name
    places = (folder / ".awm-index" / f"{file.name}.json", _place_in_cache(folder, file))
    status = path.stat()
    for place in places:
        kept = _kept(place)
        if kept is not None and (kept.size, kept.mtime_ns) == (status.st_size, status.st_mtime_ns):
            return kept
    with path.open("rb") as opened:
        index = _build(opened, file, on_progress)
    if any(_keep(index, place) for place in places):
        return index
    notice = f"no index could be kept in {places[0].parent} or {places[1].parent}: every opening reads all files"
    return index.model_copy(update={"notices": (*index.notices, notice)})


def _build(opened: BinaryIO, file: DataFile[Any], on_progress: Progress | None) -> FileIndex:
    status = os.fstat(opened.fileno())
    scan, digest, reported = Scan(file), hashlib.sha256(), 0
    for line in lines(opened, digest.update):
        scan.take(line)
        done = line.offset + len(line.content)
        if on_progress and done - reported >= _BYTES_BETWEEN_REPORTS:
            on_progress(file.name, done, status.st_size)
            reported = done
    if on_progress:
        on_progress(file.name, status.st_size, status.st_size)
    return FileIndex(
        size=status.st_size,
        mtime_ns=status.st_mtime_ns,
        sha256=digest.hexdigest(),
        notices=scan.notices(),
        rows=scan.rows,
    )


def _kept(place: Path) -> FileIndex | None:
    """Read a kept index; None where there is none, or where it is damaged or of another version."""
    try:
        return FileIndex.model_validate_json(place.read_bytes())
    except (OSError, ValueError):
        return None


def _keep(index: FileIndex, place: Path) -> bool:
    """Write an index in one stroke, so that a reader meets a whole one or none; tell whether that was possible."""
    draft = place.with_name(f"{place.name}.{uuid.uuid4().hex}")
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        try:
            draft.write_bytes(index.model_dump_json().encode())
            draft.replace(place)
        finally:
            draft.unlink(missing_ok=True)
    except OSError:
        return False
    return True


def _place_in_cache(folder: Path, file: DataFile[Any]) -> Path:
    return cache_folder() / "index" / hashlib.sha256(os.fsencode(folder)).hexdigest()[:16] / f"{file.name}.json"
