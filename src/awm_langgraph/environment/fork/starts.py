"""Whether a scenario is being started: somebody waits for that, so zygotes of other scenarios put off what can wait.

The mark is the time at which the folder of all territories was touched: every process of a runner can read it.
"""

from __future__ import annotations

import os
import time
from contextlib import suppress
from pathlib import Path

TYPICAL_SECONDS = 0.3
"""How long a start is heeded."""


def note_start(territory: Path) -> None:
    """Mark that a process begins to load the scenario of a territory."""
    with suppress(OSError):
        os.utime(territory.parent)


def is_any_starting(territory: Path) -> bool:
    """Tell whether a scenario of the same runner began to load a moment ago."""
    try:
        began = os.stat(territory.parent).st_mtime
    except OSError:
        return False
    # a clock that was set back makes no start last
    return 0 <= time.time() - began < TYPICAL_SECONDS
