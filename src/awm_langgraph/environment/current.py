"""The pool that nodes find without being given one."""

from __future__ import annotations

import atexit
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from awm_langgraph.environment.pool import EnvironmentPool
from awm_langgraph.settings import Settings, current_settings

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


def _own_pool(settings: Settings) -> EnvironmentPool:
    for made_for, pool in _own:
        if made_for == settings and pool.is_free:
            return pool
    pool = EnvironmentPool(settings.runs_dir / "episodes")
    _own.append((settings, pool))
    atexit.register(pool.bury)
    return pool
