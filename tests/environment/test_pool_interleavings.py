"""Whatever is acquired, written, released and killed in whatever order: the bound holds and no episode forgets."""

import asyncio
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.environment.conftest import NOTES, PATIENCE_SECONDS, QuickRuntime

from awm_langgraph.environment import EnvironmentPool, PoolLimits

EPISODES = 5
PLACES = 2


@dataclass(frozen=True)
class Visit:
    """What one task does with one episode, once it had a number of turns of the event loop to come in between."""

    episode: int
    what: Literal["read", "write", "reset", "give up", "release", "kill"]
    turns_before: int
    turns_within: int


visits = st.builds(
    Visit,
    episode=st.integers(0, EPISODES - 1),
    what=st.sampled_from(["read", "write", "write", "reset", "give up", "release", "kill"]),
    turns_before=st.integers(0, 30),
    turns_within=st.integers(0, 5),
)


class World:
    """Episodes, what each should hold, and what was seen to go wrong."""

    def __init__(self, pool: EnvironmentPool, runtime: QuickRuntime) -> None:
        self.pool = pool
        self.runtime = runtime
        self.snapshots: dict[int, str | None] = dict.fromkeys(range(EPISODES))
        self.expected: dict[str, str] = {}
        self.lent: set[int] = set()

    async def make(self, visit: Visit) -> None:
        for _ in range(visit.turns_before):
            await asyncio.sleep(0)
        if visit.what == "release":
            await self.pool.release(f"e{visit.episode}")
        elif visit.what == "kill":
            for server in list(self.runtime.running)[:1]:
                server.cancel()
        elif visit.what == "give up":
            attempt = asyncio.create_task(self.use(visit))
            for _ in range(visit.turns_within):
                await asyncio.sleep(0)
            attempt.cancel()
            await asyncio.wait({attempt})
        else:
            await self.use(visit)

    async def use(self, visit: Visit) -> None:
        wanted = None if visit.what == "reset" else self.snapshots[visit.episode]
        async with self.pool.acquire(f"e{visit.episode}", NOTES, wanted) as environment:
            assert visit.episode not in self.lent
            self.lent.add(visit.episode)
            try:
                assert wanted in {None, environment.snapshot}
                content = self.expected.setdefault(environment.snapshot, "one,two")
                for _ in range(visit.turns_within):
                    await asyncio.sleep(0)
                if visit.what == "write":
                    outcome = await environment.call("add_note", {"text": "more"})
                    content += ",more" if outcome.kind == "ok" else ""
                else:
                    outcome = await environment.call("list_notes", {})
                # a server may have been killed, and an episode released, under its user
                if outcome.kind == "ok":
                    assert outcome.text == content
                    assert self.expected.setdefault(outcome.snapshot, content) == content
                else:
                    assert outcome.kind == "environment_error"
                    assert outcome.snapshot in self.expected
                self.snapshots[visit.episode] = outcome.snapshot
            finally:
                self.lent.discard(visit.episode)


@given(st.lists(visits, min_size=1, max_size=25), st.integers(0, 2))
@settings(max_examples=60)
def test_the_bound_holds_an_episode_has_one_environment_and_gets_the_snapshot_it_asks_for(
    plan: list[Visit], spares: int
) -> None:
    async def play(folder: str) -> None:
        runtime = QuickRuntime()
        limits = PoolLimits(live=PLACES, spares=spares)
        pool = EnvironmentPool(Path(folder), runtime=runtime, limits=limits)
        world = World(pool, runtime)
        async with asyncio.timeout(PATIENCE_SECONDS):
            results = await asyncio.gather(*map(world.make, plan), return_exceptions=True)
            await pool.close()
        # what is awaited by nobody is cancelled by the visit itself, and a release may end a start
        unexpected = [result for result in results if result is not None and not is_told_of_an_end(result)]
        assert not unexpected, unexpected
        assert runtime.most_at_once <= PLACES
        assert not runtime.running
        assert not runtime.shared_a_database
        found = await pool.statistics()
        assert (found.live, found.lent, found.waiting, found.spares) == (0, 0, 0, 0)
        assert not list(Path(folder).glob("*/live"))

    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(play(folder))


def is_told_of_an_end(result: object) -> bool:
    from awm_langgraph.errors import EnvironmentBuildError, EnvironmentLostError

    return isinstance(result, EnvironmentBuildError | EnvironmentLostError)
