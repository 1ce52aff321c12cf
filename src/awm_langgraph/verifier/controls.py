"""What a verifier says of an agent that did nothing, kept for a while: the episodes of one task have it in common."""

from __future__ import annotations

import asyncio
import hashlib
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from pathlib import Path

from awm_langgraph.catalog.scenario import VerifierSource
from awm_langgraph.sandbox import SandboxLevel
from awm_langgraph.verifier.run import VerifierRun

_MAX_AGE_SECONDS = 300.0
"""A verifier may look at the clock; so old a seed database may be too."""
_MOST = 1024
_SIDECARS = ("", "-wal", "-journal")

Key = tuple[VerifierSource, SandboxLevel, bytes]


class Controls:
    """The controls of the verifiers used last, by code and by the content of the database that it was run on.

    Only successes are kept: whatever else there was may have been a moment's trouble.
    """

    def __init__(self) -> None:
        self._kept: OrderedDict[Key, tuple[float, VerifierRun]] = OrderedDict()

    async def run(
        self, source: VerifierSource, initial: Path, level: SandboxLevel, run: Callable[[], Awaitable[VerifierRun]]
    ) -> VerifierRun:
        """Answer what is known of a control, else run it."""
        try:
            key = source, level, await asyncio.to_thread(_digest, initial)
        except OSError:
            # the run will say what is wrong with the database
            return await run()
        kept_at, found = self._kept.get(key, (0.0, None))
        if found is not None and time.monotonic() - kept_at < _MAX_AGE_SECONDS:
            return found
        found = await run()
        if found.status == "success":
            self._kept[key] = time.monotonic(), found
            self._kept.move_to_end(key)
            if len(self._kept) > _MOST:
                self._kept.popitem(last=False)
        return found


def _digest(database: Path) -> bytes:
    """Hash a database and what SQLite keeps beside it."""
    digest = hashlib.sha256()
    for suffix in _SIDECARS:
        path = Path(f"{database}{suffix}")
        # a named pipe would never end; that a database is none is for the run to say
        if path.is_file():
            content = path.read_bytes()
            digest.update(b"%s %d " % (suffix.encode(), len(content)))
            digest.update(content)
    return digest.digest()
