"""How much a pool may hold."""

from __future__ import annotations

import resource
from dataclasses import dataclass
from typing import Self

from awm_langgraph.environment.memory import machine_bytes
from awm_langgraph.environment.snapshots import BUDGET_BYTES
from awm_langgraph.settings import Settings

_DESCRIPTORS_EACH = 4
_DESCRIPTORS_APART = 256
"""Descriptors that are not for environments: the run store, models' connections, whatever else the program does."""


@dataclass(frozen=True)
class PoolLimits:
    """Bounds of a pool.

    ``live``: environments with a process. ``memory_bytes``: what their processes may use together, shared memory not
    counted. ``idle_seconds``: how long one that is not lent keeps its process. ``spares``: started environments kept
    ready for each scenario that is asked for again and again. ``template_seconds``: greatest age of a seed database
    that an episode starts from. ``snapshot_bytes``: what one episode's snapshots may use on disk.
    """

    live: int = 256
    memory_bytes: int = 8 * 1024**3
    idle_seconds: float = 300.0
    spares: int = 1
    template_seconds: float = 300.0
    snapshot_bytes: int = BUDGET_BYTES

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """Read the limits from the settings; without a bound on memory it is half of the machine's."""
        megabytes = settings.pool_max_memory_mb
        return cls(
            live=settings.pool_max_live,
            memory_bytes=megabytes * 1024**2 if megabytes else machine_bytes() // 2,
            idle_seconds=settings.pool_idle_seconds,
            spares=settings.pool_spares,
            template_seconds=settings.pool_template_seconds,
            snapshot_bytes=settings.snapshot_budget,
        )


def affordable(live: int) -> int:
    """Say how many of ``live`` environments the limit on open files allows, after raising it as far as that needs."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _DESCRIPTORS_APART + live * _DESCRIPTORS_EACH
    if soft != resource.RLIM_INFINITY and soft < wanted:
        soft = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
        return max(1, min(live, (soft - _DESCRIPTORS_APART) // _DESCRIPTORS_EACH))
    return live
