"""The modules of the standard library that verifiers use most, loaded once so that their children need not.

Few on purpose: every megabyte of them is paid for in each fork and each end of a child (15 MB cost a millisecond).
The rest is imported from the disk by the verifier that wants it.
"""

from __future__ import annotations

from importlib import import_module

from awm_langgraph.verifier import semaphores

_NAMES = (
    "base64 bisect calendar collections contextlib copy csv dataclasses datetime decimal enum fractions functools "
    "hashlib heapq inspect io itertools json logging math operator os pathlib random re shutil sqlite3 statistics "
    "string tempfile textwrap time traceback types typing unicodedata urllib.parse uuid warnings zoneinfo"
)


def load() -> None:
    """Import them all, and mend what confinement takes from others; a build of Python that lacks one does without."""
    for name in _NAMES.split():
        try:
            import_module(name)
        except ImportError:
            continue
    semaphores.install()
