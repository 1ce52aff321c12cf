"""Faults on real processes: each ends its own episode, in bounded time and memory, and leaves the others untouched."""

import asyncio
import json
import os
import resource
import shutil
import signal
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from tests.environment.fork.conftest import Opened, descendants_of, ended, parent_of, with_code

from awm_langgraph.catalog import Scenario
from awm_langgraph.environment.fork.runtime import ForkRuntime
from awm_langgraph.environment.local import LocalEnvironment
from awm_langgraph.errors import EnvironmentBuildError

MORE_BYTES = 300 * 1024 * 1024
"""What the runner may take more while a child says 100 MB, its own answer of at most 16 MB parsed included."""


async def assert_untouched(neighbour: LocalEnvironment, pid: int) -> None:
    answer = await neighbour.call("ping", {})
    assert (answer.kind, answer.text, neighbour.pid) == ("ok", '"pong"', pid)


@pytest.mark.parametrize("tool", ["die", "garbage", "deep", "wide", "unasked", "endless", "flood", "huge"])
async def test_a_child_that_dies_or_says_what_is_no_answer_is_lost_and_no_other(
    tool: str, rogue: Scenario, opened: Opened
) -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    async with opened(rogue) as neighbour, opened(rogue) as faulty:
        pid = neighbour.pid
        answer = await faulty.call(tool, {})
        assert (answer.kind, answer.is_infrastructure) == ("environment_error", True)
        assert await asyncio.to_thread(ended, faulty.pid)
        assert not faulty.is_alive
        # a write learns of the loss, a read finds a new one
        assert (await faulty.call("add_things", {"size": 1})).kind == "environment_error"
        assert (await faulty.call("ping", {})).kind == "ok"
        await assert_untouched(neighbour, pid)
    after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert (after - before) * 1024 < MORE_BYTES


async def test_a_child_that_hangs_is_ended_by_our_clock_and_no_other(rogue: Scenario, opened: Opened) -> None:
    async with opened(rogue) as neighbour, opened(rogue, call_seconds=0.3) as hung:
        calling = asyncio.create_task(hung.call("hang", {}))
        await assert_untouched(neighbour, neighbour.pid)
        assert (await calling).kind == "timeout"
        assert await asyncio.to_thread(ended, hung.pid)
        await assert_untouched(neighbour, neighbour.pid)


async def test_a_zygote_that_is_killed_takes_its_children_along_and_is_replaced(
    rogue: Scenario, opened: Opened
) -> None:
    other = with_code(rogue.code + "\n")
    async with opened(rogue) as child, opened(other) as neighbour:
        zygote = parent_of(child.pid)
        os.kill(zygote, signal.SIGKILL)
        assert await asyncio.to_thread(ended, child.pid)
        assert (await child.call("add_things", {"size": 1})).kind == "environment_error"
        await assert_untouched(neighbour, neighbour.pid)
        async with opened(rogue) as next_child:
            assert parent_of(next_child.pid) != zygote
            await assert_untouched(next_child, next_child.pid)


@pytest.mark.parametrize("what", ["its own", "everybody's"])
async def test_a_zygote_whose_folder_is_removed_is_replaced(rogue: Scenario, opened: Opened, what: str) -> None:
    async with opened(rogue) as child:
        zygote = parent_of(child.pid)
        territory = Path(os.readlink(f"/proc/{zygote}/cwd")).parent
        removed = territory if what == "its own" else territory.parent
        await asyncio.to_thread(shutil.rmtree, removed, ignore_errors=True)
        assert (await child.call("add_things", {"size": 1})).kind == "environment_error"
        async with opened(rogue) as next_child:
            assert (await next_child.call("add_things", {"size": 1})).kind == "ok"
            assert parent_of(next_child.pid) != zygote
            assert stat.S_IMODE(territory.parent.stat().st_mode) == 0o700


async def test_a_root_zygote_that_is_killed_takes_everything_along_and_is_replaced(
    rogue: Scenario, opened: Opened
) -> None:
    async with opened(rogue) as child:
        root = parent_of(parent_of(child.pid))
        tree = descendants_of(root)
        assert child.pid in tree
        os.kill(root, signal.SIGKILL)
        for pid in tree:
            assert await asyncio.to_thread(ended, pid)
        assert (await child.call("add_things", {"size": 1})).kind == "environment_error"
        async with opened(rogue) as next_child:
            await assert_untouched(next_child, next_child.pid)


async def test_a_zygote_that_cannot_load_is_told_with_the_last_line_of_the_log(rogue: Scenario, opened: Opened) -> None:
    broken = with_code("raise RuntimeError('no such module: warp')")
    async with opened(rogue) as neighbour:
        with pytest.raises(EnvironmentBuildError, match="no such module: warp"):
            async with opened(broken):
                raise AssertionError("it must not open")
        await assert_untouched(neighbour, neighbour.pid)


RUNNER = """
import asyncio, json, os, sys
from pathlib import Path
from awm_langgraph.catalog import Scenario
from awm_langgraph.environment.fork.runtime import ForkRuntime
from awm_langgraph.environment.local import LocalEnvironment

async def run():
    scenario = Scenario.model_validate_json(sys.stdin.read())
    runtime = ForkRuntime(cache=Path(sys.argv[1], "cache"))
    live = []
    for name in ("a", "b"):
        folder = Path(sys.argv[1], name)
        folder.mkdir()
        environment = LocalEnvironment(scenario, folder, runtime)
        await environment.open(None)
        assert (await environment.call("ping", {})).kind == "ok"
        live.append(environment)
    print(json.dumps([str(runtime.live_folder(scenario, folder).parents[1]), [one.pid for one in live]]), flush=True)
    await live[0].call(sys.argv[2], {})
    await asyncio.Event().wait()

asyncio.run(run())
"""


@pytest.mark.parametrize("tool", ["ping", "hang"])
async def test_no_process_and_no_file_survives_a_runner_that_is_killed(
    tool: str, rogue: Scenario, tmp_path: Path
) -> None:
    runner = await asyncio.create_subprocess_exec(
        sys.executable, "-c", RUNNER, str(tmp_path), tool,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE,
    )  # fmt: skip
    assert runner.stdin is not None
    assert runner.stdout is not None
    runner.stdin.write(rogue.model_dump_json().encode())
    runner.stdin.close()
    try:
        live_root, children = json.loads(await runner.stdout.readline())
        tree = descendants_of(runner.pid)
        assert set(children) < set(tree)
        assert os.listdir(live_root)
    finally:
        runner.kill()
        await runner.wait()
    for pid in tree:
        assert await asyncio.to_thread(ended, pid)
    with pytest.raises(FileNotFoundError):
        os.listdir(live_root)


def test_a_runtime_serves_one_event_loop_after_another(rogue: Scenario, tmp_path: Path) -> None:
    runtime = ForkRuntime(cache=tmp_path / "cache")

    async def episode(number: int) -> int:
        folder = tmp_path / str(number)
        folder.mkdir()
        environment = LocalEnvironment(rogue, folder, runtime)
        await environment.open(None)
        assert (await environment.call("ping", {})).kind == "ok"
        zygote = parent_of(environment.pid)
        await environment.close()
        return zygote

    zygotes = [asyncio.run(episode(number)) for number in range(3)]
    asyncio.run(runtime.close())
    assert len(set(zygotes)) == 1
    assert ended(zygotes[0])


def test_a_loop_that_is_abandoned_leaves_the_runtime_usable(rogue: Scenario, tmp_path: Path) -> None:
    runtime = ForkRuntime(cache=tmp_path / "cache")
    opened: list[LocalEnvironment] = []

    async def abandon() -> None:
        environment = LocalEnvironment(rogue, tmp_path, runtime)
        await environment.open(None)
        opened.append(environment)

    async def use() -> None:
        await abandon()
        assert (await opened[-1].call("ping", {})).kind == "ok"
        await opened[-1].close()
        await runtime.close()

    asyncio.run(abandon())
    assert ended(opened[0].pid)
    asyncio.run(use())
