"""Remove what a confined process leaves behind."""

from __future__ import annotations

import os
from itertools import count


def erase(folder: str) -> None:
    """Remove a folder and all in it, however deep and whatever the modes; the process that filled it has ended.

    Folders within are moved up beside it first, so that neither depth nor the length of a path is a limit. Nothing
    happens where the folder is gone already.
    """
    numbers = count()
    pending = [folder]
    while pending:
        current = pending.pop()
        try:
            with os.scandir(current) as entries:
                found = list(entries)
        except FileNotFoundError:
            continue
        for entry in found:
            if entry.is_dir(follow_symlinks=False):
                os.chmod(entry.path, 0o700)
                moved = f"{folder}.{next(numbers)}"
                os.rename(entry.path, moved)
                pending.append(moved)
            else:
                os.unlink(entry.path)
        os.rmdir(current)
