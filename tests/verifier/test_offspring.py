from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path

from awm_langgraph.verifier import offspring

PROGRAM = """
import json, os, sys, time
from awm_langgraph.verifier import offspring

offspring.adopt()
reader, writer = os.pipe()
known = os.fork()
if known == 0:
    time.sleep(600)  # until it is ended
parent = os.fork()
if parent == 0:
    if os.fork() == 0:
        os.setsid()
        os.write(writer, str(os.getpid()).encode())
        time.sleep(600)  # likewise
    os._exit(0)
stray = int(os.read(reader, 20))
os.waitpid(parent, 0)
offspring.end_strays({known})
alive = [os.path.exists(f"/proc/{pid}") for pid in (known, stray)]
status = offspring.end(known)
print(json.dumps([alive, status, offspring.described(status)]))
"""


def test_a_grandchild_that_hid_is_ended_and_a_known_child_is_not() -> None:
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True, timeout=60)

    alive, status, described = json.loads(done.stdout)

    assert alive == [True, False]
    assert (status, described) == (signal.SIGKILL, "its process was ended by SIGKILL")


def test_an_exit_is_described_by_its_status() -> None:
    assert offspring.described(3 << 8) == "its process ended without an answer (exit status 3)"


def test_a_child_that_has_ended_by_itself_keeps_its_status(tmp_path: Path) -> None:
    child = subprocess.Popen([sys.executable, "-c", "raise SystemExit(7)"])
    while Path(f"/proc/{child.pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z":
        continue

    status = offspring.end(child.pid)
    child.returncode = 7

    assert "exit status 7" in offspring.described(status)


def test_a_signal_without_a_name_is_described_by_its_number() -> None:
    assert offspring.described(40) == "its process was ended by signal 40"
