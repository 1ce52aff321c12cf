"""Remove what a confined process leaves behind."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import suppress
from itertools import count


def erase(folder: str) -> None:
    """Remove a folder and all in it, however deep and whatever the modes; nothing happens where it is gone already.

    Folders within are moved up beside it first, so that neither depth nor the length of a path is a limit. The process
    that filled it has ended, or is about to: what it still adds is removed as well.
    """
    free_names = (f"{folder}.{number}" for number in count())
    pending = [folder]
    while pending:
        current = pending.pop()
        try:
            pending += _empty(current, free_names)
            os.rmdir(current)
        except FileNotFoundError:
            continue
        except OSError as error:
            if error.errno != errno.ENOTEMPTY:
                raise
            pending.append(current)


def _empty(folder: str, free_names: Iterator[str]) -> list[str]:
    """Unlink the files of a folder and move its folders to free names, which it answers."""
    moved: list[str] = []
    with os.scandir(folder) as entries:
        found = list(entries)
    for entry in found:
        with suppress(FileNotFoundError):
            if entry.is_dir(follow_symlinks=False):
                os.chmod(entry.path, 0o700)
                name = next(free_names)
                os.rename(entry.path, name)
                moved.append(name)
            else:
                os.unlink(entry.path)
    return moved
