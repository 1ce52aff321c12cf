"""Seed databases, each built and packed once, and copied for every episode that starts fresh."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass

from awm_langgraph.catalog.scenario import Scenario
from awm_langgraph.environment.seed import SeedDatabase, build_database
from awm_langgraph.environment.snapshots import Packed, pack

MAX_AGE_SECONDS = 300.0
"""Greatest age of a seed database that an episode starts from, unless another is asked for."""

_MOST = 128

ScenarioKey = tuple[str, str, bool]


def key_of(scenario: Scenario) -> ScenarioKey:
    """Name what two scenarios must share for one's fresh environment to be as good as the other's."""
    return scenario.name, scenario.fingerprint, scenario.is_ours


@dataclass(frozen=True)
class Moment:
    """A moment, in seconds, on the clock that only runs and on the one that people set and that runs while we sleep."""

    running: float
    wall: float

    def distance(self, other: Moment) -> float:
        """Tell how far apart two moments are on the clock that says more: one was set, or one stood still."""
        return max(abs(self.running - other.running), abs(self.wall - other.wall))


def now() -> Moment:
    """Read both clocks."""
    return Moment(time.monotonic(), time.time())


@dataclass(frozen=True, eq=False)
class SeedTemplate:
    """A seed database, its snapshot, and when it was built.

    Rows of ``datetime('now', ...)`` make its age part of what it is.
    """

    seed: SeedDatabase
    packed: Packed
    built_at: Moment

    @property
    def age_seconds(self) -> float:
        """Tell how far its idea of now is off."""
        return self.built_at.distance(now())


class SeedTemplates:
    """The seed databases asked for last (a few hundred kilobytes each), for any thread."""

    def __init__(self, clock: Callable[[], Moment] = now) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._built: OrderedDict[tuple[ScenarioKey, bool], Future[SeedTemplate]] = OrderedDict()

    def get(
        self, scenario: Scenario, *, strict_seed: bool = False, max_age_seconds: float = MAX_AGE_SECONDS
    ) -> SeedTemplate:
        """Find or build a template; those who ask while it is being built wait for it and share it.

        Raises:
            EnvironmentBuildError: the database cannot be made.
        """
        key = key_of(scenario), strict_seed
        with self._lock:
            built = self._built.get(key)
            is_mine = built is None or not self._is_good(built, max_age_seconds)
            if built is None or is_mine:
                built = self._built[key] = Future()
            self._built.move_to_end(key)
            if len(self._built) > _MOST:
                self._built.popitem(last=False)
        if is_mine:
            self._build(built, scenario, strict_seed)
        return built.result()

    def _is_good(self, built: Future[SeedTemplate], max_age_seconds: float) -> bool:
        """Tell whether a template is being built, or was, not too long ago."""
        if not built.done():
            return True
        return built.exception() is None and built.result().built_at.distance(self._clock()) < max_age_seconds

    def _build(self, built: Future[SeedTemplate], scenario: Scenario, strict_seed: bool) -> None:
        # the age counts from before the rows are written
        built_at = self._clock()
        try:
            seed = build_database(scenario, strict_seed=strict_seed)
            built.set_result(SeedTemplate(seed, pack(seed.image), built_at))
        except BaseException as error:
            built.set_exception(error)
            raise


TEMPLATES = SeedTemplates()
"""The templates of this process."""
