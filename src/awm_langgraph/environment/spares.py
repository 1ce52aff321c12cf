"""Fresh environments, started before anybody asks, for the next episodes of scenarios that are asked for often."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Iterator

from awm_langgraph.catalog.scenario import Scenario
from awm_langgraph.environment.live import Live
from awm_langgraph.environment.templates import ScenarioKey, key_of

_HOT_SECONDS = 60.0
_REMEMBERED = 1024


class Spares:
    """The spares of a pool, ready or still being started, and which scenarios are worth one."""

    def __init__(self, per_scenario: int, *, max_age_seconds: float) -> None:
        self._per_scenario = per_scenario
        self._max_age_seconds = max_age_seconds
        self._spares: dict[Live, None] = {}
        self._asked_at: OrderedDict[ScenarioKey, float] = OrderedDict()
        self._hot: set[ScenarioKey] = set()

    def __iter__(self) -> Iterator[Live]:
        return iter(self._spares)

    def note_request(self, scenario: Scenario) -> None:
        """Remember that a fresh environment was asked for: the second time within a minute makes a scenario hot."""
        key, now = key_of(scenario), time.monotonic()
        before = self._asked_at.pop(key, None)
        self._asked_at[key] = now
        if before is not None and now - before < _HOT_SECONDS:
            self._hot.add(key)
        else:
            self._hot.discard(key)
        if len(self._asked_at) > _REMEMBERED:
            forgotten, _ = self._asked_at.popitem(last=False)
            self._hot.discard(forgotten)

    def lacking(self, scenario: Scenario) -> int:
        """Say how many spares a scenario should have beyond those it has."""
        key = key_of(scenario)
        if key not in self._hot:
            return 0
        return max(0, self._per_scenario - sum(key_of(spare.scenario) == key for spare in self._spares))

    def add(self, spare: Live) -> None:
        """Put a spare there that has just begun to start."""
        self._spares[spare] = None

    def discard(self, spare: Live) -> None:
        """Take a spare away; does nothing when it is not there."""
        self._spares.pop(spare, None)

    def take(self, scenario: Scenario) -> Live | None:
        """Take a spare of a scenario that is ready, and whose idea of now is not too far behind."""
        key = key_of(scenario)
        for spare in self._spares:
            is_young = spare.template is not None and spare.template.age_seconds < self._max_age_seconds
            if key_of(spare.scenario) == key and spare.is_usable and is_young:
                self.discard(spare)
                return spare
        return None

    def lost(self) -> tuple[Live, ...]:
        """Find the spares that have died of themselves."""
        return tuple(spare for spare in self._spares if spare.is_lost)

    def oldest(self) -> Live | None:
        """Find the spare that was there first."""
        return next(iter(self._spares), None)
