"""What a pool has done so far, and what it holds now."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field

_REMEMBERED = 2048


@dataclass(frozen=True)
class Latency:
    """Percentiles, in milliseconds, of the latest starts of one kind; zero before the first."""

    p50_ms: float = 0.0
    p95_ms: float = 0.0
    p99_ms: float = 0.0


@dataclass(frozen=True)
class PoolStatistics:
    """One moment of a pool.

    ``live`` counts places taken: by environments with a process, by those being started or ended, and by ``spares``,
    of which those are counted that are ready. ``lent`` ones are in use. ``sleeping`` episodes are open without a
    process. ``waiting`` acquirers are in line for a place.

    Since the pool was made: ``resets`` (started fresh; ``from_spares`` of them by a spare), ``revivals`` (started from
    a snapshot), ``sleeps`` (ended to make room or for having been idle), ``losses`` (found dead), ``failures`` (did not
    start). The latencies are those that acquirers saw, waiting in line included.

    ``private_bytes`` is the memory that the live ones share with nobody; zero where the system does not tell.
    """

    live: int = 0
    lent: int = 0
    sleeping: int = 0
    spares: int = 0
    waiting: int = 0
    resets: int = 0
    from_spares: int = 0
    revivals: int = 0
    sleeps: int = 0
    losses: int = 0
    failures: int = 0
    reset: Latency = Latency()
    revival: Latency = Latency()
    private_bytes: int = 0


@dataclass(frozen=True)
class Census:
    """What a fleet holds at one moment; ``awake`` names the episodes that have a place to stay."""

    live: int = 0
    lent: int = 0
    spares: int = 0
    waiting: int = 0
    awake: frozenset[str] = frozenset()
    pids: tuple[int, ...] = ()


@dataclass
class Tally:
    """Running counts, and the latest latencies in seconds."""

    resets: int = 0
    from_spares: int = 0
    revivals: int = 0
    sleeps: int = 0
    losses: int = 0
    failures: int = 0
    reset_seconds: deque[float] = field(default_factory=lambda: deque(maxlen=_REMEMBERED))
    revival_seconds: deque[float] = field(default_factory=lambda: deque(maxlen=_REMEMBERED))

    def started(self, seconds: float, *, is_fresh: bool) -> None:
        """Count a start."""
        if is_fresh:
            self.resets += 1
            self.reset_seconds.append(seconds)
        else:
            self.revivals += 1
            self.revival_seconds.append(seconds)

    def with_census(self, census: Census, *, sleeping: int, private_bytes: int) -> PoolStatistics:
        """Put what was counted beside what is held now."""
        return PoolStatistics(
            live=census.live,
            lent=census.lent,
            sleeping=sleeping,
            spares=census.spares,
            waiting=census.waiting,
            resets=self.resets,
            from_spares=self.from_spares,
            revivals=self.revivals,
            sleeps=self.sleeps,
            losses=self.losses,
            failures=self.failures,
            reset=latency_of(self.reset_seconds),
            revival=latency_of(self.revival_seconds),
            private_bytes=private_bytes,
        )


def latency_of(seconds: Iterable[float]) -> Latency:
    """Reduce latencies to nearest-rank percentiles."""
    ordered = sorted(seconds)
    if not ordered:
        return Latency()
    p50, p95, p99 = (1000 * ordered[-(-percent * len(ordered) // 100) - 1] for percent in (50, 95, 99))
    return Latency(p50, p95, p99)
