"""Describing a scenario is waited for, trying its tools is not."""

import asyncio
from pathlib import Path

import pytest
from tests.environment.fork.conftest import descendants_of, ended, parent_of, until_tried, with_code

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
    return [pid for pid in descendants_of(root) if Path(f"/proc/{pid}/comm").read_text().strip() == "awm-tools"]


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
