"""The live environments of a pool on one event loop: bounded, in order of arrival, the least used the first to go."""

from __future__ import annotations

import asyncio
import functools
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

from awm_langgraph.catalog.scenario import Scenario
from awm_langgraph.environment.limits import PoolLimits, affordable
from awm_langgraph.environment.live import Live
from awm_langgraph.environment.local import LocalEnvironment
from awm_langgraph.environment.memory import MemoryGauge
from awm_langgraph.environment.runtime import Runtime
from awm_langgraph.environment.seats import Seats
from awm_langgraph.environment.spares import Spares
from awm_langgraph.environment.statistics import Census, Tally
from awm_langgraph.environment.templates import TEMPLATES, SeedTemplate
from awm_langgraph.errors import EnvironmentBuildError, EnvironmentLostError

_ENDED = "the environment was ended while it was being started"
_RELEASED = "the episode was released while its environment was waited for"


@dataclass(frozen=True)
class Plan:
    """What a fleet is made of: where episodes have their folders, what runs servers, and how many."""

    episodes: Path
    runtime: Runtime
    limits: PoolLimits
    strict_seed: bool


class Fleet:
    """Starts, keeps and ends environments; an episode has at most one.

    An environment is *lent* from its start, or from when it is lent again, until ``take_back``. Then it may go at any
    time: when somebody needs its place, or when nobody has asked for it for long.
    """

    def __init__(self, plan: Plan, tally: Tally, predecessor: Fleet | None = None) -> None:
        """Take over from the fleet of an event loop that does not run any more."""
        self.loop = asyncio.get_running_loop()
        self._plan = plan
        self._tally = tally
        self._most = affordable(plan.limits.live)
        self._seats = Seats(self._most, self._make_room)
        self._starts = asyncio.Semaphore(plan.runtime.starts_at_once)
        self._gauge = MemoryGauge(plan.limits.memory_bytes)
        self._spares = Spares(plan.limits.spares, max_age_seconds=plan.limits.template_seconds)
        self._lives: dict[str, Live] = {}
        self._idle: dict[Live, None] = {}
        self._going: set[Live] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._weighing: asyncio.Task[None] | None = None
        self._notice: Exception | None = None
        self._burial = self._do(asyncio.to_thread(predecessor.bury)) if predecessor else None

    def find(self, episode_id: str) -> Live | None:
        """Find an episode's environment, whatever state it is in."""
        return self._lives.get(episode_id)

    async def start(
        self, episode_id: str, scenario: Scenario, snapshot: str | None, is_wanted: Callable[[], bool]
    ) -> Live:
        """Start an environment, when it is its turn and if it is still wanted, for an episode that has none; lend it.

        Raises:
            EnvironmentBuildError: its database or its server cannot be made.
            EnvironmentLostError: it was ended while it was being started, or is not wanted any more.
            SnapshotError: the snapshot is missing or damaged.
        """
        if not is_wanted():
            raise EnvironmentLostError(_RELEASED)
        if snapshot is not None:
            return await self._start(episode_id, scenario, snapshot, is_wanted)
        self._spares.note_request(scenario)
        live = await self._from_spares(episode_id, scenario)
        live = live or await self._start(episode_id, scenario, None, is_wanted)
        self._stock(scenario)
        return live

    def lend(self, live: Live) -> None:
        """Lend an environment that is there."""
        self._idle.pop(live, None)
        live.silence()

    def take_back(self, live: Live) -> None:
        """End the lending of an environment."""
        if self._lives.get(live.episode_id or "") is not live:
            return
        if live.is_lost:
            self._tally.losses += 1
            self.end(live)
        elif live.ending is None:
            self._idle[live] = None
            live.alarm = self.loop.call_later(self._plan.limits.idle_seconds, self._put_to_sleep, live)
            self._make_room()
            self._weigh()

    def end(self, live: Live) -> asyncio.Task[None]:
        """End an environment; its place is free when the task that this answers is done."""
        if live.ending is None:
            live.silence()
            self._idle.pop(live, None)
            self._spares.discard(live)
            self._going.add(live)
            live.ending = self._do(self._end(live))
        return live.ending

    def census(self) -> Census:
        """Count what there is."""
        lives = (*self._lives.values(), *self._spares)
        return Census(
            live=self._seats.taken,
            lent=sum(live.is_usable and live not in self._idle for live in self._lives.values()),
            spares=sum(spare.is_usable for spare in self._spares),
            waiting=self._seats.waiting,
            awake=frozenset(name for name, live in self._lives.items() if live.ending is None),
            pids=tuple(live.environment.pid for live in lives if live.is_usable),
        )

    async def close(self, error: Exception) -> None:
        """End every environment; whoever asks for one from now on, or is waiting, gets the error."""
        self._notice = error
        self._seats.turn_away(error)
        for live in (*self._lives.values(), *self._spares):
            self.end(live)
        if self._tasks:
            await asyncio.wait(self._tasks)

    def bury(self) -> None:
        """End every environment without the event loop; blocks while files are removed."""
        # those that were going as well: what ends them does not run any more
        lives = {*self._lives.values(), *self._spares, *self._going}
        self._lives.clear()
        for live in lives:
            live.bury()
        self._notice = EnvironmentLostError("the pool has moved to another event loop")
        if not self.loop.is_closed():
            self._seats.turn_away(self._notice)

    async def _start(
        self, episode_id: str, scenario: Scenario, snapshot: str | None, is_wanted: Callable[[], bool]
    ) -> Live:
        await self._seats.take()
        if self._notice is not None or not is_wanted():
            self._seats.give_back()
            raise self._notice or EnvironmentLostError(_RELEASED)
        live = self._lives[episode_id] = self._begin(Live(scenario, episode_id), snapshot)
        self._weigh()
        try:
            await asyncio.shield(live.opening)
        except asyncio.CancelledError:
            self.end(live)
            if live.opening.cancelled() and not _is_cancelled():
                raise EnvironmentLostError(_ENDED) from None
            raise
        except Exception:
            self._tally.failures += 1
            self.end(live)
            raise
        return live

    async def _from_spares(self, episode_id: str, scenario: Scenario) -> Live | None:
        spare = self._spares.take(scenario)
        if spare is None:
            return None
        spare.silence()
        spare.episode_id = episode_id
        self._lives[episode_id] = spare
        try:
            is_moved = await spare.environment.move_to(self._plan.episodes / episode_id)
        except BaseException:
            self.end(spare)
            raise
        if spare.ending is not None:
            raise EnvironmentLostError(_ENDED)
        if is_moved:
            self._tally.from_spares += 1
            return spare
        del self._lives[episode_id]
        spare.episode_id = None
        self._spares.add(spare)
        self._shelve(spare, spare.opening)
        return None

    def _stock(self, scenario: Scenario) -> None:
        """Start the spares that a scenario should have, where there are places that nobody wants."""
        for spare in self._spares.lost():
            self._tally.losses += 1
            self.end(spare)
        for _ in range(self._spares.lacking(scenario)):
            if self._notice is not None or not self._seats.take_free():
                return
            home = self._plan.episodes / ".spares" / uuid4().hex
            spare = self._begin(Live(scenario, home=home), None)
            self._spares.add(spare)
            spare.opening.add_done_callback(functools.partial(self._shelve, spare))

    def _shelve(self, spare: Live, opening: asyncio.Task[None]) -> None:
        if opening.cancelled() or opening.exception() or spare.template is None:
            self._tally.failures += not opening.cancelled()
            self.end(spare)
        elif spare.ending is None:
            limits = self._plan.limits
            seconds = min(limits.idle_seconds, limits.template_seconds - spare.template.age_seconds)
            spare.alarm = self.loop.call_later(seconds, self.end, spare)
            self._make_room()

    def _begin(self, live: Live, snapshot: str | None) -> Live:
        """Begin to start an environment, in a place that has been taken for it."""
        live.opening = self._do(self._open(live, snapshot))
        return live

    async def _open(self, live: Live, snapshot: str | None) -> None:
        if self._burial is not None:
            await asyncio.shield(self._burial)
        try:
            async with self._starts:
                live.made = self._made_for(live)
                await live.made.open(snapshot, find_template=functools.partial(self._template_of, live.scenario))
        except OSError as error:
            raise EnvironmentBuildError(f"scenario {live.scenario.name} cannot be started: {error}") from error

    def _made_for(self, live: Live) -> LocalEnvironment:
        plan = self._plan
        return LocalEnvironment(
            live.scenario,
            live.home / "episode" if live.home else plan.episodes / (live.episode_id or ""),
            plan.runtime,
            live_parent=live.home,
            shared=plan.episodes / ".shared",
            snapshot_bytes=plan.limits.snapshot_bytes,
            on_revival=self._note_revival,
        )

    def _template_of(self, scenario: Scenario) -> SeedTemplate:
        plan = self._plan
        return TEMPLATES.get(scenario, strict_seed=plan.strict_seed, max_age_seconds=plan.limits.template_seconds)

    def _note_revival(self, seconds: float) -> None:
        self._tally.losses += 1
        self._tally.started(seconds, is_fresh=False)

    async def _end(self, live: Live) -> None:
        try:
            await live.close()
        finally:
            self._going.discard(live)
            if live.episode_id is not None and self._lives.get(live.episode_id) is live:
                del self._lives[live.episode_id]
            self._seats.give_back()

    def _put_to_sleep(self, live: Live) -> None:
        self._tally.sleeps += 1
        self.end(live)

    def _make_room(self) -> None:
        """End spares, then the environments that were given back longest ago, until nobody needs more places."""
        while self._seats.shortage > len(self._going):
            spare = self._spares.oldest()
            if spare is not None:
                self.end(spare)
            elif self._idle:
                self._put_to_sleep(next(iter(self._idle)))
            else:
                return

    def _weigh(self) -> None:
        is_weighing = self._weighing is not None and not self._weighing.done()
        if not is_weighing and self._gauge.is_due(self._seats.taken):
            self._weighing = self._do(self._measure())

    async def _measure(self) -> None:
        await asyncio.to_thread(self._gauge.measure, self.census().pids)
        self._seats.resize(self._gauge.capacity(self._most))

    def _do(self, work: Coroutine[None, None, None]) -> asyncio.Task[None]:
        task = self.loop.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._done)
        return task

    def _done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled():
            # seen: whoever waits is told, and it may be that nobody does
            task.exception()


def _is_cancelled() -> bool:
    """Tell whether the current task is being cancelled itself, rather than what it waits for."""
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0
