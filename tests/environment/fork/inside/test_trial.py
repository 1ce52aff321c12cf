"""Trials and rehearsals of calls, in a process of their own: they execute a scenario's code."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

APPLICATION = """
import os, time
from fastapi import FastAPI, HTTPException
app = FastAPI()
slow_calls, kept = [], []

@app.delete("/rows/{row_id}", operation_id="remove")
async def remove(row_id: int):
    return {}

@app.post("/rows", operation_id="add")
async def add(title: str, size: int | None = None):
    if size is None:
        raise HTTPException(400)
    return title

@app.get("/rows/{row_id}", operation_id="look")
async def look(row_id: int):
    return row_id

@app.get("/slow", operation_id="slow")
async def slow():
    time.sleep(0.4)  # what is tried: slower than a trial waits, and yet it ends
    slow_calls.append(True)

@app.get("/end", operation_id="end")
async def end():
    if os.path.basename(os.getcwd()) == "scout":
        os._exit(1)
    kept.append("ended")

def handler(seen=[]):
    async def remember():
        seen.append(1)
    return remember

app.post("/remember", operation_id="remember")(handler())
"""
STOPPED_ONCE = """
import signal

@app.get("/stopped-once", operation_id="stopped_once")
async def stopped_once():
    if not os.path.exists("stopped"):
        os.mkdir("stopped")
        # a stopped process hears of no signal before it goes on
        signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGALRM])
        time.sleep(0.6)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGALRM])
"""
TRY = """
import json, socket, sys
from pathlib import Path
from fastapi_mcp import FastApiMCP
from awm_langgraph.environment.fork.inside.application import Application
from awm_langgraph.environment.fork.inside.arguments import ArgumentCheck, schemas_of
from awm_langgraph.environment.fork.inside.child import Child
from awm_langgraph.environment.fork.inside.loaded import Loaded
from awm_langgraph.environment.fork.inside.rehearsal import Rehearsal
from awm_langgraph.environment.fork.inside.request import operations_of
from awm_langgraph.environment.fork.inside.tool_builder import _description_of
from awm_langgraph.environment.fork.inside.trial import rehearsal_of

loaded = Loaded(sys.argv[1], Path("scratch.db"))
description = _description_of(FastApiMCP(loaded.app))
operations = operations_of(description["operations"])
check = ArgumentCheck(schemas_of(description["tools"]), description["refused"])

def serve():
    return Child(Application(loaded.app), operations, check)

calls = json.loads(sys.argv[2])
if calls:
    orders, runner = socket.socketpair()
    rehearsal = Rehearsal(calls, database=Path("scratch.db").absolute(), serve=serve, release=loaded.release)
    while not rehearsal.is_over:
        rehearsal.go_on(orders)
    answer = None
else:
    answer = rehearsal_of(loaded, description, serve)
print(json.dumps([answer, loaded.module["slow_calls"], loaded.module["kept"]]))
"""


def tried(folder: Path, *calls: tuple[str, dict[str, Any]], code: str = APPLICATION) -> Any:
    (folder / "scratch.db").touch()
    command = [sys.executable, "-c", TRY, code, json.dumps(calls)]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True, timeout=240)
    return json.loads(done.stdout)


def test_quick_calls_that_leave_no_memory_are_rehearsed_reading_ones_first_and_deleting_ones_last(
    tmp_path: Path,
) -> None:
    found, *_ = tried(tmp_path)

    assert found == [["look", {"row_id": 1}], ["add", {"title": "a", "size": 1}], ["remove", {"row_id": 1}]]


def test_a_call_that_is_too_slow_for_rehearsal_is_found_out_by_cutting_it_off(tmp_path: Path) -> None:
    _, slow_calls, _ = tried(tmp_path)

    assert slow_calls == []


def test_a_call_that_was_slow_because_its_process_was_stopped_is_tried_again(tmp_path: Path) -> None:
    found, *_ = tried(tmp_path, code=f"{APPLICATION}\n{STOPPED_ONCE}")

    assert ["stopped_once", {}] in found


def test_a_rehearsal_is_never_cut_off_since_forks_inherit_what_is_half_done(tmp_path: Path) -> None:
    _, slow_calls, _ = tried(tmp_path, ("slow", {}), ("look", {"row_id": 1}))

    assert slow_calls == [True]


def test_what_ends_the_scout_is_not_rehearsed_nor_is_what_comes_after_it(tmp_path: Path) -> None:
    _, slow_calls, kept = tried(tmp_path, ("look", {"row_id": 1}), ("end", {}), ("slow", {}))

    assert slow_calls == kept == []


def test_an_iterator_in_a_scenarios_memory_leaves_every_tool_unrehearsed(tmp_path: Path) -> None:
    found, *_ = tried(tmp_path, code=f"{APPLICATION}\nnumbers = iter(range(9))\n")

    assert found == []
