"""What servers cost: resets, calls, memory, by the fork runtime and beside it by the spawn runtime.

Medians of 50, on the largest bundled scenario, confined as ever. *Confirmed* is an environment whose server has
answered a call (one with wrong arguments, which it refuses); *cold* is a scenario that this runner has not had before,
but an earlier one has (its tool list is on disk); *never seen* is one without. A call goes through the tool that
``load_mcp_tools`` made; the database is not looked at after it. Memory is what a child shares with no other process,
with 50 of them alive. ``python -m benchmarks.servers [--json]``; takes two minutes.
"""

from __future__ import annotations

import asyncio
import shutil
import tempfile
import time
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

from awm_langgraph.catalog import Catalog, Scenario
from awm_langgraph.environment.database import LiveDatabase
from awm_langgraph.environment.fork.runtime import ForkRuntime
from awm_langgraph.environment.local import LocalEnvironment
from awm_langgraph.environment.memory import private_bytes
from awm_langgraph.environment.runtime import Runtime
from awm_langgraph.environment.seed import build_database
from awm_langgraph.environment.session import McpSession
from awm_langgraph.environment.spawn import SpawnRuntime
from benchmarks.figures import Figures, figure, run

ROUNDS = 50
SCENARIO = "workflow_automation"
READ: tuple[str, dict[str, Any]] = ("get_workflow", {"workflow_id": 1})
WRONG: tuple[str, dict[str, Any]] = ("list_workflows", {"limit": "all of them"})
_SPAWNED_ALIVE = 5
_CALL_SECONDS = 30.0

Times = dict[str, list[float]]
"""Milliseconds, or megabytes, by what was measured."""


def figures() -> Figures:
    """Measure both runtimes; takes some minutes, most of them the spawn runtime's."""
    scenario = Catalog.open("bundled").scenario(SCENARIO)
    with tempfile.TemporaryDirectory(prefix="awm-bench-") as folder:
        fork = asyncio.run(_of_fork(scenario, Path(folder)))
        spawn = asyncio.run(_of_spawn(scenario, Path(folder)))

    def beside(name: str, unit: str, **target: float) -> dict[str, Any]:
        return figure(fork[name], unit, spawn=spawn[name], **target)

    found = {
        "reset, hot, confirmed": beside("reset", "ms", at_most=6),
        "reset, cold, confirmed": figure(fork["cold"], "ms", at_most=400, spawn=spawn["reset"]),
        "reset, never seen, confirmed": figure(fork["never seen"], "ms", spawn=spawn["reset"]),
        "first reading call after a reset": beside("first call", "ms"),
        "tool call, reading": beside("read", "ms", at_most=0.9),
        "tool call, writing": beside("write", "ms", at_most=1.5),
        "private memory of an episode, idle": beside("idle", "MB", at_most=3),
        "private memory of an episode, after 3 calls": beside("used", "MB", at_most=20),
    }
    ratio = found["reset, hot, confirmed"]["spawn"] / found["reset, hot, confirmed"]["value"]
    return {"reset, hot: times faster than spawn": figure([ratio], "x", at_least=150), **found}


async def _of_fork(scenario: Scenario, folder: Path) -> Times:
    times: Times = defaultdict(list)
    cache = folder / "interfaces"
    variants = [scenario.model_copy(update={"fingerprint": f"{number:016x}{0:048x}"}) for number in range(ROUNDS)]
    for name in ("never seen", "cold"):
        runtime = ForkRuntime(cache=cache)
        await _reset(runtime, scenario, folder, defaultdict(list))
        for variant in variants:
            times[name].append(await _reset(runtime, variant, folder, defaultdict(list)))
        await runtime.close()
    runtime = ForkRuntime(cache=cache)
    await _reset(runtime, scenario, folder, defaultdict(list))
    for _ in range(ROUNDS):
        # between two resets an agent thinks, and the scenario's zygote has a moment to itself
        await asyncio.sleep(0.02)
        times["reset"].append(await _reset(runtime, scenario, folder, times))
    await _calls(runtime, scenario, folder, times)
    await _memory(runtime, scenario, folder, ROUNDS, times)
    await runtime.close()
    return times


async def _of_spawn(scenario: Scenario, folder: Path) -> Times:
    times: Times = defaultdict(list)
    runtime = SpawnRuntime()
    for _ in range(ROUNDS):
        times["reset"].append(await _reset(runtime, scenario, folder, times))
    await _calls(runtime, scenario, folder, times)
    await _memory(runtime, scenario, folder, _SPAWNED_ALIVE, times)
    return times


@asynccontextmanager
async def _environment(runtime: Runtime, scenario: Scenario, folder: Path) -> AsyncIterator[LocalEnvironment]:
    episode = Path(tempfile.mkdtemp(dir=folder))
    environment = LocalEnvironment(scenario, episode, runtime)
    try:
        yield environment
    finally:
        await environment.close()
        await asyncio.to_thread(shutil.rmtree, episode)


async def _reset(runtime: Runtime, scenario: Scenario, folder: Path, times: Times) -> float:
    """Time a reset, and apart from it the first call."""
    async with _environment(runtime, scenario, folder) as environment:
        began = time.perf_counter()
        await environment.open(None)
        assert (await environment.call(*WRONG)).kind == "invalid_args"
        seconds = time.perf_counter() - began
        began = time.perf_counter()
        assert (await environment.call(*READ)).kind == "ok"
        times["first call"].append((time.perf_counter() - began) * 1e3)
    return seconds * 1e3


async def _calls(runtime: Runtime, scenario: Scenario, folder: Path, times: Times) -> None:
    """Time calls of a server that has answered before, through the tools that an agent gets."""
    database = LiveDatabase(runtime.live_folder(scenario, folder) / "scenario.db")
    database.write_image(build_database(scenario).image)
    session = McpSession(runtime, scenario, database.path, folder / "server.log")
    await session.open()
    for number in range(-2, ROUNDS):
        for kind, (name, arguments) in {"read": READ, "write": _writing(number)}.items():
            began = time.perf_counter()
            result = await session.call(name, arguments, _CALL_SECONDS)
            seconds = time.perf_counter() - began
            assert not result.isError
            if number >= 0:
                times[kind].append(seconds * 1e3)
    await session.close()


async def _memory(runtime: Runtime, scenario: Scenario, folder: Path, alive: int, times: Times) -> None:
    """Read the private memory of servers that live at the same time, idle and after three calls."""
    async with AsyncExitStack() as stack:
        environments = [await stack.enter_async_context(_environment(runtime, scenario, folder)) for _ in range(alive)]
        for environment in environments:
            await environment.open(None)
        times["idle"] += [private_bytes(environment.pid) / 1024**2 for environment in environments]
        for number, environment in enumerate(environments):
            for name, arguments in (READ, READ, _writing(number)):
                assert (await environment.call(name, arguments)).kind == "ok"
        times["used"] += [private_bytes(environment.pid) / 1024**2 for environment in environments]


def _writing(number: int) -> tuple[str, dict[str, Any]]:
    return "create_tag", {"name": f"tag{number}"}


if __name__ == "__main__":
    run(figures, __doc__)
