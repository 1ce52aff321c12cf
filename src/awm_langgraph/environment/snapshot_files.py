"""The files of a snapshot folder: they appear whole, age from when they were stored last, and go only when old.

Any number of processes may do these things to one folder at the same time.
"""

from __future__ import annotations

import os
import re
from contextlib import suppress
from pathlib import Path
from uuid import uuid4

SUFFIX = ".db.zst"

_UNFINISHED_NAME = re.compile(r"\.[0-9a-f]{32}")


def is_kept(path: Path, content: bytes) -> bool:
    """Tell whether a file has exactly this content; if so, it counts as stored just now."""
    try:
        # made young before it is looked at: a collection that found it old looks again (see `is_removed`)
        os.utime(path)
        return path.stat().st_size == len(content) and path.read_bytes() == content
    except FileNotFoundError:
        return False


def write_whole(path: Path, content: bytes, twin: Path | None = None) -> None:
    """Make a file appear at once, as another name of its twin where that can be.

    Nothing is forced onto the medium (no fsync): the file outlives this process, not a failure of power.
    """
    unfinished = _unfinished_beside(path)
    try:
        if twin is None or not _is_linked(twin, unfinished):
            unfinished.write_bytes(content)
        os.replace(unfinished, path)
    finally:
        with suppress(OSError):
            unfinished.unlink()


def is_removed(path: Path, newest: float) -> bool:
    """Remove a file last stored at or before ``newest`` (seconds since 1970); tell whether it was.

    It is moved aside before it is looked at: whoever stores it at this moment either made it young, and it is put back,
    or finds it gone and writes it anew.
    """
    aside = _unfinished_beside(path)
    try:
        os.rename(path, aside)
    except FileNotFoundError:
        return False
    if aside.stat().st_mtime > newest:
        os.rename(aside, path)
        return False
    aside.unlink()
    return True


def files_in(folder: Path) -> list[tuple[Path, os.stat_result]]:
    """List a folder's snapshots and what killed writers left there; nothing where there is no folder."""
    found = []
    with suppress(FileNotFoundError), os.scandir(folder) as entries:
        for entry in entries:
            is_ours = entry.name.endswith(SUFFIX) or _UNFINISHED_NAME.fullmatch(entry.name)
            if is_ours and entry.is_file(follow_symlinks=False):
                with suppress(FileNotFoundError):
                    found.append((Path(entry.path), entry.stat()))
    return found


def bytes_in(folder: Path) -> int:
    """Add up what the files of a folder hold; one that has twins elsewhere counts in full."""
    return sum(status.st_size for _, status in files_in(folder))


def _is_linked(twin: Path, path: Path) -> bool:
    """Try to give a file a second name: not every file system has links, and none has any number of them."""
    try:
        os.link(twin, path)
    except OSError:
        return False
    return True


def _unfinished_beside(path: Path) -> Path:
    return path.with_name(f".{uuid4().hex}")
