"""The pool that nodes find without being given one."""

from __future__ import annotations

import asyncio
import atexit
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from contextvars import ContextVar

from awm_langgraph.environment.pool import EnvironmentPool
from awm_langgraph.settings import Settings, current_settings

_RETURN_SECONDS = 5.0
_LOOK_SECONDS = 0.02

_chosen: ContextVar[EnvironmentPool | None] = ContextVar("pool", default=None)
_own: list[tuple[Settings, EnvironmentPool]] = []


def current_pool() -> EnvironmentPool:
    """Find the pool chosen by ``use_pool``, else the process's own, whose episodes are in ``runs_dir/episodes``.

    The process's own is made when it is first needed and ends with the process. Settings that differ have one each,
    and so has an event loop that runs while another one uses the first.

    Raises:
        UsageError: the settings ask for a runtime that cannot run here.
    """
    return _chosen.get() or _own_pool(current_settings())


@contextmanager
def use_pool(pool: EnvironmentPool) -> Iterator[EnvironmentPool]:
    """Make a pool the current one for everything awaited inside."""
    token = _chosen.set(pool)
    try:
        yield pool
    finally:
        _chosen.reset(token)


@asynccontextmanager
async def keep_own_pool() -> AsyncIterator[EnvironmentPool]:
    """Have the process's own pool ready for as long as a server runs, and close it at the end.

    The calls that are being made then are waited for, within a bound: an episode that the server takes up again when it
    is back is to find its last call answered, not broken off.

    Raises:
        UsageError: the settings ask for a runtime that cannot run here.
    """
    pool = _own_pool(current_settings())
    await pool.prepare()
    try:
        yield pool
    finally:
        await asyncio.shield(_retire(pool))


async def _retire(pool: EnvironmentPool) -> None:
    # whoever asks from now on gets another one
    _own[:] = [(settings, own) for settings, own in _own if own is not pool]
    atexit.unregister(pool.bury)
    with suppress(TimeoutError):
        async with asyncio.timeout(_RETURN_SECONDS):
            while pool.is_lending:  # noqa: ASYNC110 - a pool whose borrowers are gone has no event for it
                await asyncio.sleep(_LOOK_SECONDS)
    await pool.close()


def _own_pool(settings: Settings) -> EnvironmentPool:
    for made_for, pool in _own:
        if made_for == settings and pool.is_free:
            return pool
    pool = EnvironmentPool(settings.runs_dir / "episodes")
    _own.append((settings, pool))
    atexit.register(pool.bury)
    return pool
