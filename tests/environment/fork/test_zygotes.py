"""Which zygotes there are, and what kinds of code they serve."""

import asyncio
import gc
import json
import os
import time
from itertools import pairwise
from pathlib import Path

import pytest
from tests.environment.conftest import until
from tests.environment.fork.conftest import (
    END_SECONDS,
    Opened,
    children_of,
    descendants_of,
    ended,
    names_of,
    parent_of,
    until_tried,
    with_code,
)

from awm_langgraph.environment.fork.runtime import ForkRuntime
from awm_langgraph.environment.fork.starts import TYPICAL_SECONDS, note_start
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


async def test_nobody_s_zygote_is_ended_to_make_room_before_they_have_it(tmp_path: Path) -> None:
    runtime = ForkRuntime(most_scenarios=1, cache=tmp_path / "cache")

    async def open_one(number: int) -> None:
        (tmp_path / f"s{number}").mkdir(exist_ok=True)
        environment = LocalEnvironment(with_code(f"{PING}# {number}"), tmp_path / f"s{number}", runtime)
        await environment.open(None)
        await environment.close()

    # each makes room for itself while the others start; once their tools are known they do little else
    for _ in range(4):
        await asyncio.gather(*map(open_one, range(6)))
    await runtime.close()


async def test_a_zygote_s_files_are_not_those_that_the_one_before_is_removing(tmp_path: Path) -> None:
    runtime = ForkRuntime(most_scenarios=1, cache=tmp_path / "cache")
    folders = [os.readlink(f"/proc/{await zygote_of(runtime, number, tmp_path)}/cwd") for number in (1, 2, 1)]
    assert len({*folders}) == 3
    await runtime.close()


async def test_a_scenario_that_does_not_load_leaves_no_file(tmp_path: Path) -> None:
    runtime = ForkRuntime(cache=tmp_path / "cache")
    broken = with_code(PING + "if 'scratch-scenario' in __import__('os').getcwd(): raise ValueError")
    for _ in range(2):
        with pytest.raises(EnvironmentBuildError, match="ValueError"):
            await LocalEnvironment(broken, tmp_path, runtime).open(None)
    assert list(runtime.live_folder(broken, tmp_path).parent.iterdir()) == []
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


@pytest.mark.parametrize("what_is_started", ["awm-root", "awm-tools"])
async def test_what_is_being_started_when_a_runtime_is_closed_ends_with_it(
    tmp_path: Path, what_is_started: str
) -> None:
    before = children_of(os.getpid())
    runtime = ForkRuntime(cache=tmp_path / "cache")
    if what_is_started == "awm-tools":
        await zygote_of(runtime, 1, tmp_path)
    known = {*descendants_of(os.getpid())}
    opening = asyncio.create_task(LocalEnvironment(with_code(PING), tmp_path, runtime).open(None))
    await until(lambda: what_is_started in names_of({*descendants_of(os.getpid())} - known).values())
    await runtime.close()
    with pytest.raises(EnvironmentBuildError):
        await opening
    assert children_of(os.getpid()) == before


async def test_a_runtime_that_is_forgotten_leaves_nothing_open(tmp_path: Path) -> None:
    for is_tried in (False, True):
        runtime = ForkRuntime(cache=tmp_path / "cache")
        zygote = await zygote_of(runtime, 1, tmp_path)
        if is_tried:
            break
        environment = LocalEnvironment(with_code(f"{PING}# 1"), tmp_path, runtime)
        await environment.open(None)
        await until_tried(with_code(f"{PING}# 1"), tmp_path / "cache", environment)
        await environment.close()
        await runtime.close()
    del runtime
    # a socket that is left complains when it is collected, which fails the test
    gc.collect()
    assert await asyncio.to_thread(ended, zygote)


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


IN_THE_ZYGOTE = """
import os, sys, time
from fastapi import FastAPI
app = FastAPI()

def is_rehearsed():
    return "scratch-scenario" in os.getcwd()

@app.get("/ping", operation_id="ping")
async def ping():
    return "pong"
"""
BLOCKING = (
    IN_THE_ZYGOTE
    + """
@app.get("/block", operation_id="block")
async def block():
    while is_rehearsed():
        time.sleep(1)  # what is tried: it never comes back, without using the processor
"""
)
ENDING = (
    IN_THE_ZYGOTE
    + """
@app.get("/end", operation_id="end")
async def end():
    if is_rehearsed() and not os.getcwd().endswith("scout"):
        os._exit(1)
"""
)


def forked_a_scout(zygote: int, child: int) -> None:
    """Wait until a zygote has another child than an episode's."""
    end = time.monotonic() + END_SECONDS
    while not set(descendants_of(zygote)) - {child}:
        assert time.monotonic() < end, "no scout was forked"


async def test_a_tool_that_does_not_come_back_in_a_zygote_delays_and_ends_no_episode(opened: Opened) -> None:
    async with opened(with_code(BLOCKING)) as first:
        await asyncio.to_thread(forked_a_scout, parent_of(first.pid), first.pid)
        async with opened(with_code(BLOCKING)) as second:
            assert (await second.call("ping", {})).kind == "ok"
            assert parent_of(second.pid) == parent_of(first.pid)
        assert (await first.call("ping", {})).kind == "ok"


def has_rehearsed(zygote: int) -> bool:
    """Tell whether a zygote has begun to rehearse: it has a scout then, and a child in reserve when that is over."""
    return not {"awm-scout", "awm-spare"}.isdisjoint(names_of(descendants_of(zygote)).values())


async def test_a_zygote_rehearses_when_no_scenario_is_being_started(
    opened: Opened, runtime: ForkRuntime, cache: Path
) -> None:
    scenario = with_code(BLOCKING + "# later")
    async with opened(scenario) as before:
        await until_tried(scenario, cache, before)
    await runtime.close()
    territory = runtime.live_folder(scenario, Path()).parent

    notes = [time.monotonic()]

    async def go_on_starting() -> None:
        while True:
            note_start(territory)
            notes.append(time.monotonic())
            await asyncio.sleep(0)

    def longest_silence() -> float:
        return max(later - earlier for earlier, later in pairwise([*notes, time.monotonic()]))

    starting = asyncio.create_task(go_on_starting())
    async with opened(scenario) as first:
        zygote = parent_of(first.pid)
        # somebody else's start, which takes long enough for a rehearsal to begin
        async with opened(with_code(PING + "# meanwhile")):
            # a machine that kept this process from noting a start left none to heed; files' times are somewhat coarse
            assert not has_rehearsed(zygote) or longest_silence() > 0.9 * TYPICAL_SECONDS
        starting.cancel()
        await until(lambda: has_rehearsed(zygote))
        assert names_of([first.pid]) == {first.pid: "awm-episode"}


async def test_a_scenario_whose_zygote_ended_is_not_rehearsed_again(opened: Opened) -> None:
    async with opened(with_code(ENDING)) as first:
        assert await asyncio.to_thread(ended, first.pid)
    async with opened(with_code(ENDING)) as second, opened(with_code(ENDING)) as third:
        assert [(await one.call("ping", {})).kind for one in (second, third)] == ["ok", "ok"]
        assert parent_of(second.pid) == parent_of(third.pid)


OPAQUE = """
import os
from fastapi import FastAPI
app = FastAPI()
numbers = iter(range(10**6))

@app.post("/next", operation_id="next_number")
async def next_number():
    os.environ["NUMBERS"] = os.environ.get("NUMBERS", "") + "."
    return [next(numbers), os.environ["NUMBERS"]]
"""


async def test_what_a_rehearsal_would_leave_where_nobody_can_look_is_not_left(opened: Opened) -> None:
    for _ in range(3):
        async with opened(with_code(OPAQUE)) as environment:
            assert json.loads((await environment.call("next_number", {})).text) == [0, "."]


TEMPORARY = """
import os, tempfile
from fastapi import FastAPI
from sqlalchemy import create_engine, text
app = FastAPI()
engine = create_engine(os.getenv("DATABASE_PATH", "sqlite:///x.db"))

@app.get("/sort", operation_id="sort")
def sort():
    with engine.connect() as connection:
        return connection.execute(text(
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 400000) "
            "SELECT count(*) FROM (SELECT hex(randomblob(20)) AS h FROM n ORDER BY h)"
        )).scalar()

@app.get("/table", operation_id="table")
def table():
    with engine.connect() as connection:
        connection.execute(text("CREATE TEMP TABLE many (a)"))
        connection.execute(text(
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 300000) "
            "INSERT INTO many SELECT hex(randomblob(20)) FROM n"
        ))
        return connection.execute(text("SELECT count(*) FROM many")).scalar()

@app.get("/file", operation_id="file")
def file():
    with tempfile.NamedTemporaryFile() as opened:
        return os.path.dirname(opened.name) == os.getcwd()
"""


async def test_temporary_files_lie_in_an_episodes_own_folder(opened: Opened) -> None:
    for _ in range(2):
        async with opened(with_code(TEMPORARY)) as environment:
            answers = [(await environment.call(tool, {})).text for tool in ("sort", "table", "file")]
            assert answers == ["400000", "300000", "true"]
