"""Where the files of confined processes live: in memory where there is room, because they come and go by the thousand.

A disk's file system takes longer and longer to find a free place where files are removed all the time (ext4 avoids for
seconds what was just freed), and keeps what nobody needs after the process that wrote it.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

_SHARED_MEMORY = Path("/dev/shm")
ENOUGH_BYTES = 1024**3


def roomy_folder() -> Path:
    """Choose memory where there is enough of it, else the disk; ``TMPDIR`` is the user's own choice."""
    chosen = Path(tempfile.gettempdir())
    if os.environ.get("TMPDIR"):
        return chosen
    try:
        status = os.statvfs(_SHARED_MEMORY)
    except OSError:
        return chosen
    is_usable = status.f_bavail * status.f_frsize >= ENOUGH_BYTES and os.access(_SHARED_MEMORY, os.W_OK)
    return _SHARED_MEMORY if is_usable else chosen
