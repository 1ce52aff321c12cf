"""One player per episode: a lock that ends with its process, however that ends."""

from __future__ import annotations

import asyncio
import fcntl
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import IO

from awm_langgraph.errors import UsageError


@asynccontextmanager
async def claimed(claim: Path) -> AsyncIterator[None]:
    """Hold an episode, named as its claim's file is, against every other player of it.

    Raises:
        UsageError: somebody else plays it.
    """
    locking = asyncio.create_task(asyncio.to_thread(_lock, claim))
    try:
        lock = await asyncio.shield(locking)
    except asyncio.CancelledError:
        # a thread cannot be called off: what it locks all the same would be nobody's
        await asyncio.wait({locking})
        if not locking.exception():
            _unlock(claim, locking.result())
        raise
    try:
        yield
    finally:
        _unlock(claim, lock)


def _lock(claim: Path) -> IO[str]:
    claim.parent.mkdir(parents=True, exist_ok=True)
    while True:
        lock = claim.open("w")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.close()
            raise UsageError(
                f"episode {claim.name} is being played by another process: wait for it or end it"
            ) from None
        if os.fstat(lock.fileno()).st_nlink:
            return lock
        # whoever had it removed the file between our opening and our locking it
        lock.close()


def _unlock(claim: Path, lock: IO[str]) -> None:
    claim.unlink(missing_ok=True)
    lock.close()
