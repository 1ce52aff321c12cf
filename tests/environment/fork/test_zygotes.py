"""Which zygotes there are, and what kinds of code they serve."""

import asyncio
import json
from pathlib import Path

import pytest
from tests.environment.fork.conftest import Opened, ended, parent_of, with_code

from awm_langgraph.environment.fork.runtime import ForkRuntime
from awm_langgraph.environment.local import LocalEnvironment
from awm_langgraph.errors import EnvironmentBuildError

PING = """
from fastapi import FastAPI
app = FastAPI()

@app.get("/ping", operation_id="ping")
async def ping():
    return "pong"
"""


async def zygote_of(runtime: ForkRuntime, number: int, folder: Path) -> int:
    """Open and close an episode of one of many scenarios."""
    environment = LocalEnvironment(with_code(f"{PING}# {number}"), folder, runtime)
    await environment.open(None)
    zygote = parent_of(environment.pid)
    assert (await environment.call("ping", {})).kind == "ok"
    await environment.close()
    return zygote


async def test_the_zygotes_used_last_are_kept(tmp_path: Path) -> None:
    runtime = ForkRuntime(most_scenarios=2, cache=tmp_path / "cache")
    first, second = [await zygote_of(runtime, number, tmp_path) for number in (1, 2)]
    assert await zygote_of(runtime, 1, tmp_path) == first
    third = await zygote_of(runtime, 3, tmp_path)
    assert await asyncio.to_thread(ended, second)
    assert await zygote_of(runtime, 1, tmp_path) == first
    assert await zygote_of(runtime, 3, tmp_path) == third
    await runtime.close()


async def test_a_zygote_with_live_episodes_is_not_ended_to_make_room(tmp_path: Path) -> None:
    runtime = ForkRuntime(most_scenarios=1, cache=tmp_path / "cache")
    living = LocalEnvironment(with_code(PING), tmp_path / "living", runtime)
    (tmp_path / "living").mkdir()
    await living.open(None)
    for number in (1, 2):
        await zygote_of(runtime, number, tmp_path)
    assert (await living.call("ping", {})).kind == "ok"
    await living.close()
    await runtime.close()


async def test_many_that_open_a_new_scenario_at_once_share_one_zygote(opened: Opened) -> None:
    async def zygote() -> int:
        async with opened(with_code(PING + "# at once")) as environment:
            return parent_of(environment.pid)

    assert len(set(await asyncio.gather(*(zygote() for _ in range(8))))) == 1


async def test_a_closed_runtime_can_be_used_again(tmp_path: Path) -> None:
    runtime = ForkRuntime(cache=tmp_path / "cache")
    first = await zygote_of(runtime, 1, tmp_path)
    await runtime.close()
    assert await asyncio.to_thread(ended, first)
    assert await zygote_of(runtime, 1, tmp_path) != first
    await runtime.close()


IMPURE = """
import datetime, os
from fastapi import FastAPI
STARTED = datetime.datetime.now().isoformat()
NOW = datetime.datetime.now()
app = FastAPI()

@app.get("/started", operation_id="started")
async def started():
    return [os.getpid(), STARTED]
"""


async def test_code_that_looks_at_the_clock_when_it_is_loaded_is_loaded_in_every_episode(opened: Opened) -> None:
    times = []
    for _ in range(2):
        async with opened(with_code(IMPURE)) as environment:
            pid, started = json.loads((await environment.call("started", {})).text)
            assert pid == environment.pid
            times.append(started)
    assert times[0] < times[1]


FAILING_START = """
from fastapi import FastAPI
app = FastAPI()

@app.on_event("startup")
async def start():
    raise RuntimeError("the warp core is cold")
"""


async def test_an_application_whose_startup_fails_does_not_open(opened: Opened) -> None:
    with pytest.raises(EnvironmentBuildError, match="the warp core is cold"):
        async with opened(with_code(FAILING_START)):
            raise AssertionError("it must not open")


COUNTING = """
from fastapi import FastAPI
app = FastAPI()
calls = []

@app.get("/count", operation_id="count")
async def count():
    calls.append(1)
    return len(calls)
"""


async def test_episodes_share_no_memory_and_a_rehearsal_leaves_none(opened: Opened) -> None:
    for _ in range(3):
        async with opened(with_code(COUNTING)) as environment:
            assert [(await environment.call("count", {})).text for _ in range(2)] == ["1", "2"]
