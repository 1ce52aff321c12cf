"""What the pool can do: episodes a second, environments at once, open episodes at once, resets from spares.

An episode is: reset, list the tools, the four calls of a reference solution, verify, release; sixteen are under way at
a time. *Live at once* are environments that are all lent at the same time and have each answered a call. *Open at once*
are episodes that are not released, of which most sleep; for a minute calls are made, as fast as can be, to those that
chance draws, and each must find what it wrote before. Agents that make a call a minute, 10,000 of them, make 167 a
second. A single failure fails the benchmark.

``python -m benchmarks.pool [--json]``; takes some minutes.
"""

from __future__ import annotations

import asyncio
import random
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

from awm_langgraph.catalog import Catalog
from awm_langgraph.environment import Environment, EnvironmentPool, PoolLimits, schema_of
from awm_langgraph.environment.fork.runtime import ForkRuntime
from awm_langgraph.environment.memory import machine_bytes
from awm_langgraph.environment.runtime import Runtime
from awm_langgraph.environment.spawn import SpawnRuntime
from awm_langgraph.verifier import verify
from benchmarks.figures import Figures, figure, run

CATALOG = Catalog.open("bundled")
SCENARIO = CATALOG.scenario("workflow_automation")
TASK_IDX = 5
SOLUTION = CATALOG.solution(SCENARIO.name, TASK_IDX)
VERIFIER = CATALOG.verifier(SCENARIO.name, TASK_IDX)
READ: tuple[str, dict[str, Any]] = ("list_workflows", {})
_AT_ONCE = 16
_EPISODES = 480
_SPAWNED_EPISODES = 32
_RESETS = 50
_LIVE = 1000
_OPEN = 10_000
_AWAKE = 500
_CALL_SECONDS = 60.0
_BATCH = 160
_REHEARSAL_SECONDS = 3.0
_MEMORY_SHARE = 0.85
"""How much of the machine's memory the servers may have here, where nobody else wants any."""


def figures() -> Figures:
    """Measure the pool over the fork runtime, and episodes a second over the spawn runtime too."""
    return asyncio.run(_measured())


async def _measured() -> Figures:
    fork, spawn = ForkRuntime(), SpawnRuntime()
    try:
        async with _pool(fork, live=4 * _AT_ONCE) as pool:
            rate = await _episodes_a_second(pool, _EPISODES)
        async with _pool(spawn, live=4 * _AT_ONCE) as pool:
            spawned_rate = await _episodes_a_second(pool, _SPAWNED_EPISODES)
        async with _pool(fork, live=_AT_ONCE) as pool:
            spare = await _resets_from_spares(pool)
        async with _pool(fork, live=_LIVE) as pool:
            live = await _live_at_once(pool)
        async with _pool(fork, live=_AWAKE) as pool:
            opened = await _opened_at_once(pool)
    finally:
        await fork.close()
    return {
        "episodes a second, 16 at a time": figure([rate], "1/s", at_least=60, spawn=[spawned_rate]),
        "reset, usable, by a spare": figure(spare, "ms", at_most=1.5),
        "environments live at once, none failed": figure([live], "", at_least=1000),
        **opened,
    }


@asynccontextmanager
async def _pool(runtime: Runtime, *, live: int) -> AsyncIterator[EnvironmentPool]:
    memory_bytes = int(machine_bytes() * _MEMORY_SHARE)
    with tempfile.TemporaryDirectory(prefix="awm-bench-") as folder:
        limits = PoolLimits(live=live, memory_bytes=memory_bytes, idle_seconds=3600)
        pool = EnvironmentPool(Path(folder), runtime=runtime, limits=limits)
        try:
            # what is loaded for the first time, and rehearsed after that, is no part of any figure
            await asyncio.gather(*(_first_call(pool, f"warm-{number}") for number in range(2)))
            await asyncio.sleep(_REHEARSAL_SECONDS)
            yield pool
        finally:
            print(await pool.statistics(), file=sys.stderr)
            await pool.close()


async def _episodes_a_second(pool: EnvironmentPool, episodes: int) -> float:
    began = time.perf_counter()
    await _at_a_time(_AT_ONCE, range(episodes), lambda number: _episode(pool, f"episode-{number}"))
    return episodes / (time.perf_counter() - began)


async def _episode(pool: EnvironmentPool, episode_id: str) -> None:
    assert SOLUTION is not None
    async with pool.acquire(episode_id, SCENARIO, None) as environment:
        initial = environment.snapshot
        assert all(schema_of(tool) for tool in environment.tools)
        for call in SOLUTION.calls[:4]:
            assert (await environment.call(call.tool, call.arguments)).kind == "ok"
        final = environment.snapshot
    before = await pool.export(episode_id, initial, "initial.db")
    after = await pool.export(episode_id, final, "final.db")
    verdict = await verify(VERIFIER, before, after, SOLUTION.final_answer, is_ours=SCENARIO.is_ours)
    assert verdict.outcome == "complete", verdict
    await pool.release(episode_id)


async def _resets_from_spares(pool: EnvironmentPool) -> list[float]:
    """Time resets, in milliseconds, each when its spare is ready."""
    times = []
    for number in range(_RESETS):
        while not (await pool.statistics()).spares:  # noqa: ASYNC110 - a spare's readiness is no event of the pool's
            await asyncio.sleep(0.005)
        began = time.perf_counter()
        async with pool.acquire(f"spare-{number}", SCENARIO, None) as environment:
            times.append((time.perf_counter() - began) * 1e3)
            assert (await environment.call(*READ)).kind == "ok"
        await pool.release(f"spare-{number}")
    assert (await pool.statistics()).from_spares >= _RESETS
    return times


async def _live_at_once(pool: EnvironmentPool) -> int:
    """Hold environments until there are as many as wanted, and have each make a call meanwhile."""
    await asyncio.gather(*(pool.release(f"warm-{number}") for number in range(2)))
    async with AsyncExitStack() as stack:
        held: list[Environment] = []

        async def hold(number: int) -> None:
            held.append(await stack.enter_async_context(pool.acquire(f"live-{number}", SCENARIO, None)))

        await _at_a_time(_AT_ONCE, range(_LIVE), hold)
        answers = [(await environment.call(*READ)).kind for environment in held]
        print(await pool.statistics(), file=sys.stderr)
        return answers.count("ok") if (await pool.statistics()).lent == _LIVE else 0


async def _opened_at_once(pool: EnvironmentPool) -> Figures:
    """Open episodes without releasing any, then make calls, of episodes drawn by chance, for a minute."""
    snapshots: dict[str, str] = {}
    notes: dict[str, list[str]] = defaultdict(list)
    chance = random.Random(0)

    async def open_one(number: int) -> None:
        async with pool.acquire(f"open-{number}", SCENARIO, None) as environment:
            snapshots[f"open-{number}"] = environment.snapshot

    async def call_one(drawn: int) -> None:
        episode_id = f"open-{drawn}"
        async with pool.acquire(episode_id, SCENARIO, snapshots[episode_id]) as environment:
            notes[episode_id].append(f"note{len(notes[episode_id])}")
            outcome = await environment.call("create_tag", {"name": notes[episode_id][-1]})
            assert outcome.kind == "ok", outcome
            snapshots[episode_id] = outcome.snapshot
            # nothing that the episode did before it slept is forgotten
            if len(notes[episode_id]) > 1:
                outcome = await environment.call("list_tags", {"limit": 100})
                assert all(note in outcome.text for note in notes[episode_id]), outcome

    await _at_a_time(_AT_ONCE, range(_OPEN), open_one)
    until = time.perf_counter() + _CALL_SECONDS
    began, calls = time.perf_counter(), 0
    while time.perf_counter() < until:
        await _at_a_time(_AT_ONCE, chance.sample(range(_OPEN), _BATCH), call_one)
        calls += _BATCH
    rate = calls / (time.perf_counter() - began)
    found = await pool.statistics()
    opened = 0 if found.failures or found.losses else found.sleeping + found.live
    return {
        "episodes open at once, none failed": figure([opened], "", at_least=10_000),
        "calls a second to open episodes": figure([rate], "1/s", at_least=10_000 / 60),
        "revival of a sleeping episode, 16 at a time": figure([found.revival.p50_ms], "ms"),
    }


async def _first_call(pool: EnvironmentPool, episode_id: str) -> None:
    async with pool.acquire(episode_id, SCENARIO, None) as environment:
        assert (await environment.call(*READ)).kind == "ok"


async def _at_a_time(width: int, numbers: Iterable[int], work: Callable[[int], Awaitable[None]]) -> None:
    """Do something for each number, so many at a time."""
    left = iter(numbers)

    async def go_on() -> None:
        for number in left:
            await work(number)

    async with asyncio.TaskGroup() as group:
        for _ in range(width):
            group.create_task(go_on())


if __name__ == "__main__":
    run(figures, __doc__)
