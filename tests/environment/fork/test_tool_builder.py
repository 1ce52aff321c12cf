"""Describing a scenario is waited for, trying its tools is not."""

import asyncio
import os
import signal
from pathlib import Path

import pytest
from tests.environment.fork.conftest import descendants_of, ended, names_of, parent_of, until_tried, with_code

from awm_langgraph.environment.fork.interface import InterfaceCache
from awm_langgraph.environment.fork.runtime import ForkRuntime
from awm_langgraph.environment.local import LocalEnvironment

STUBBORN = """
import os, signal, time
from fastapi import FastAPI
app = FastAPI()

@app.get("/wait", operation_id="wait")
async def wait():
    if "scratch-tools" in os.getcwd():
        signal.signal(signal.SIGALRM, signal.SIG_IGN)
        time.sleep(3600)  # what is tried: it never comes back, and cannot be interrupted
    return "done"
"""
PLAIN = """
from fastapi import FastAPI
app = FastAPI()

@app.get("/ping", operation_id="ping")
async def ping():
    return "pong"
"""


async def environment_of(code: str, runtime: ForkRuntime, folder: Path) -> LocalEnvironment:
    folder.mkdir()
    environment = LocalEnvironment(with_code(code), folder, runtime)
    await environment.open(None)
    return environment


def builders_beside(environment: LocalEnvironment) -> list[int]:
    root = parent_of(parent_of(environment.pid))
    return [pid for pid, name in names_of(descendants_of(root)).items() if name == "awm-tools"]


@pytest.mark.parametrize("is_known", [False, True])
async def test_no_episode_waits_for_a_trial_and_one_that_was_broken_off_is_made_again(
    tmp_path: Path, is_known: bool
) -> None:
    if is_known:
        before = ForkRuntime(cache=tmp_path / "cache")
        await (await environment_of(STUBBORN, before, tmp_path / "before")).close()
        await before.close()
    runtime = ForkRuntime(cache=tmp_path / "cache")
    environment = await environment_of(STUBBORN, runtime, tmp_path / "episode")
    assert (await environment.call("wait", {})).text == '"done"'
    (builder,) = builders_beside(environment)
    await environment.close()
    await runtime.close()
    assert await asyncio.to_thread(ended, builder)


async def test_what_a_trial_found_is_kept(tmp_path: Path) -> None:
    runtime = ForkRuntime(cache=tmp_path / "cache")
    environment = await environment_of(PLAIN, runtime, tmp_path / "episode")
    kept = await until_tried(with_code(PLAIN), tmp_path / "cache", environment)
    assert kept.rehearsal == (("ping", {}),)
    await environment.close()
    await runtime.close()


async def test_a_scenario_that_is_known_but_untried_is_tried_in_full(tmp_path: Path) -> None:
    cache, scenario = InterfaceCache(tmp_path / "cache"), with_code(PLAIN)
    for folder in ("before", "after"):
        runtime = ForkRuntime(cache=tmp_path / "cache")
        environment = await environment_of(PLAIN, runtime, tmp_path / folder)
        kept = await until_tried(scenario, tmp_path / "cache", environment)
        assert kept.rehearsal == (("ping", {}),)
        cache.write(scenario, kept.model_copy(update={"rehearsal": None}))
        await environment.close()
        await runtime.close()


async def test_a_scenario_whose_zygote_is_started_again_is_tried_once_at_a_time(tmp_path: Path) -> None:
    runtime = ForkRuntime(most_scenarios=1, cache=tmp_path / "cache")
    for number in range(2):
        await (await environment_of(STUBBORN, runtime, tmp_path / f"stubborn{number}")).close()
        plain = await environment_of(f"{PLAIN}# {number}", runtime, tmp_path / f"plain{number}")
        await until_tried(with_code(f"{PLAIN}# {number}"), tmp_path / "cache", plain)
        await plain.close()
    environment = await environment_of(STUBBORN, runtime, tmp_path / "again")
    assert len(builders_beside(environment)) == 1
    await environment.close()
    await runtime.close()


async def test_a_trial_that_the_end_of_the_fork_server_breaks_off_is_no_trial(tmp_path: Path) -> None:
    runtime = ForkRuntime(cache=tmp_path / "cache")
    environment = await environment_of(STUBBORN, runtime, tmp_path / "episode")
    os.kill(parent_of(parent_of(environment.pid)), signal.SIGKILL)
    await environment.close()
    again = await environment_of(STUBBORN, runtime, tmp_path / "again")
    kept = InterfaceCache(tmp_path / "cache").read(with_code(STUBBORN))
    assert kept is not None
    assert kept.rehearsal is None
    await again.close()
    await runtime.close()


MEDDLING = (
    PLAIN
    + """
import os, stat
FORGED = b'{"why_loaded_each_time": "forged", "tools": {"tools": []}, "rehearsal": []}\\n'

@app.get("/meddle", operation_id="meddle")
async def meddle():
    print("meddling")
    open("../planted", "w").close()
    for descriptor in range(3, 64):
        try:
            if stat.S_ISREG(os.fstat(descriptor).st_mode):
                os.write(descriptor, FORGED)
        except OSError:
            pass
"""
)


async def test_a_tool_that_is_tried_changes_nothing_that_is_known_and_reaches_no_episode(tmp_path: Path) -> None:
    runtime = ForkRuntime(cache=tmp_path / "cache")
    scenario = with_code(MEDDLING)
    environment = await environment_of(MEDDLING, runtime, tmp_path / "episode")
    kept = await until_tried(scenario, tmp_path / "cache", environment)
    # it said this before the one that was tried had its say
    assert [tool["name"] for tool in kept.tools["tools"]] == ["ping", "meddle"]
    assert not kept.why_loaded_each_time
    assert kept.rehearsal == ()
    assert not (runtime.live_folder(scenario, Path()).parent / "planted").exists()
    assert b"meddling" not in (tmp_path / "episode" / "server.log").read_bytes()
    await environment.close()
    await runtime.close()
