"""Rehearsals, in a process of their own: they execute a scenario's code."""

import subprocess
import sys
from pathlib import Path

SLOW_FIRST_TIME = """
import time
from fastapi import FastAPI
app = FastAPI()
done = []

@app.get("/slow", operation_id="slow")
async def slow():
    time.sleep(0.4)
    done.append(True)
"""
TRY = """
import sys
from pathlib import Path
from awm_langgraph.environment.fork.inside.loaded import Loaded
from awm_langgraph.environment.fork.inside.request import operations_of

loaded = Loaded(sys.argv[1], Path("scratch.db"))
operation = operations_of({"slow": ("GET", "/slow", (), (), ())})["slow"]
if sys.argv[2] == "rehearse":
    loaded.rehearse(operation, {})
else:
    print(loaded.is_quick(operation, {}), end=" ")
print(loaded.module["done"])
"""


def tried(how: str, folder: Path) -> str:
    command = [sys.executable, "-c", TRY, SLOW_FIRST_TIME, how]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True, timeout=60).stdout.strip()


def test_a_rehearsal_is_never_cut_off_since_forks_inherit_what_is_half_done(tmp_path: Path) -> None:
    assert tried("rehearse", tmp_path) == "[True]"


def test_a_call_that_is_too_slow_for_rehearsal_is_found_out_by_cutting_it_off(tmp_path: Path) -> None:
    assert tried("is_quick", tmp_path) == "False []"
