from __future__ import annotations

import asyncio
import os
import signal
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from awm_langgraph.catalog.scenario import VerifierSource
from awm_langgraph.verifier import process, run_verifier

Databases = tuple[Path, Path]
Make = Callable[..., VerifierSource]
PATIENCE_SECONDS = 60.0

pytestmark = pytest.mark.usefixtures("fresh_zygote")


@pytest.fixture(autouse=True)
def temporary_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A place for temporary files that nobody else fills."""
    before, place = tempfile.tempdir, tmp_path / "temporary"
    place.mkdir()
    monkeypatch.setenv("TMPDIR", str(place))
    tempfile.tempdir = str(place)
    yield place
    tempfile.tempdir = before


def _children(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def _is_running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


async def _until(is_so: Callable[[], bool]) -> bool:
    """Wait for something in other processes, of which nobody tells."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not is_so():  # noqa: ASYNC110 -- there is no event to wait for, only a look every 5 ms
            await asyncio.sleep(0.005)
    return True


def _names(folder: Path, pattern: str = "*") -> list[Path]:
    return list(folder.glob(pattern))


def test_one_zygote_serves_several_event_loops_one_after_another(source: Make, databases: Databases) -> None:
    verifier = source("import os\nreturn {'result': 'complete', 'parent': os.getppid()}")

    runs = [asyncio.run(run_verifier(verifier, *databases, "", level="strict")) for _ in range(3)]

    assert {run.result for run in runs} == {"complete"}
    assert len({run.evidence["parent"] for run in runs}) == 1


async def test_a_zygote_that_dies_is_started_again_and_its_run_is_done_by_the_next(
    source: Make, databases: Databases, temporary_folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    verifier = source("""
import os, sqlite3, time
open('begun', 'w').close()
while not sqlite3.connect(final_db_path).execute("SELECT * FROM words WHERE word = 'go on'").fetchall():
    time.sleep(600)  # until its zygote is killed
return {'result': 'complete', 'parent': os.getppid()}
""")
    first = process.start("strict")
    running = asyncio.create_task(run_verifier(verifier, *databases, "", level="strict"))
    assert await _until(lambda: bool(_names(temporary_folder, "*/*/begun")))
    with sqlite3.connect(databases[1]) as connection:
        connection.execute("INSERT INTO words VALUES ('go on')")
    connection.close()

    os.kill(first.pid, signal.SIGKILL)
    run = await running

    assert run.result == "complete"
    assert run.evidence["parent"] != first.pid
    assert "has ended (exit status -9)" in caplog.text


FORGES_AND_STAYS = """
import json, struct, sys, time
frame = sys._getframe()
while frame:
    if {'token', 'link'} <= frame.f_locals.keys():
        answer = json.dumps({'answer': {'result': 'complete'}}).encode()
        frame.f_locals['link'].sendall(frame.f_locals['token'] + struct.pack('=Q', len(answer)) + answer)
    frame = frame.f_back
while True:
    time.sleep(1)  # what is tried: it stays until it is ended
"""


async def test_a_verifier_that_has_answered_is_ended_though_it_would_stay(
    source: Make, databases: Databases, temporary_folder: Path
) -> None:
    zygote = process.start("strict")
    assert await _until(lambda: len(_children(zygote.pid)) == 2)
    spares = set(_children(zygote.pid))

    run = await run_verifier(source(FORGES_AND_STAYS), *databases, "", level="strict", timeout_seconds=600)

    assert run.result == "complete"
    assert await _until(lambda: bool(spares - set(_children(zygote.pid))))
    assert await _until(lambda: len(_names(temporary_folder, "*/*")) == 2)


async def test_a_run_that_is_given_up_is_ended_at_once(
    source: Make, databases: Databases, temporary_folder: Path
) -> None:
    zygote = process.start("strict")
    running = asyncio.create_task(
        run_verifier(source("open('begun', 'w').close()\nwhile True: pass"), *databases, "", level="strict")
    )
    assert await _until(lambda: bool(_names(temporary_folder, "*/*/begun")))
    [folder] = [begun.parent for begun in _names(temporary_folder, "*/*/begun")]

    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running

    assert await _until(lambda: not folder.exists())
    assert zygote.is_alive


@pytest.fixture
def runner(temporary_folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Another process with a zygote, whose number it prints."""
    code = f"""
import sys, tempfile
tempfile.tempdir = {str(temporary_folder)!r}
from awm_langgraph.verifier import process
print(process.start("strict").pid, flush=True)
sys.stdin.read()
"""
    with subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        yield process


async def test_nothing_outlives_a_runner_that_is_killed(
    runner: subprocess.Popen[bytes], temporary_folder: Path
) -> None:
    assert runner.stdout
    zygote = int(runner.stdout.readline())
    assert await _until(lambda: len(_children(zygote)) == 2)
    family = [zygote, *_children(zygote)]

    runner.kill()

    assert await _until(lambda: not any(map(_is_running, family)))
    assert await _until(lambda: not _names(temporary_folder))


async def test_what_a_double_kill_left_is_removed_by_the_next_zygote(
    runner: subprocess.Popen[bytes], temporary_folder: Path
) -> None:
    assert runner.stdout
    zygote = int(runner.stdout.readline())
    assert await _until(lambda: len(_children(zygote)) == 2)
    family = [zygote, *_children(zygote)]
    os.kill(zygote, signal.SIGKILL)
    runner.kill()
    runner.wait()
    assert await _until(lambda: not any(map(_is_running, family)))
    [left] = _names(temporary_folder, "awm-verifier-*")
    os.utime(left, (0, 0))

    await asyncio.to_thread(process.start, "strict")

    assert not left.exists()
    process.stop_all()


async def test_stopping_leaves_no_process_and_no_file(temporary_folder: Path) -> None:
    zygote = process.start("strict")
    assert process.running("strict") is zygote
    assert _names(temporary_folder)

    process.stop_all()

    assert process.running("strict") is None
    assert not _is_running(zygote.pid)
    assert _names(temporary_folder) == []


def test_each_level_has_its_own_zygote() -> None:
    assert process.start("strict") is process.start("strict")
    assert process.start("off") is not process.start("strict")


async def test_a_zygote_that_cannot_start_says_why_and_leaves_nothing(
    source: Make, databases: Databases, temporary_folder: Path
) -> None:
    tempfile.tempdir = str(temporary_folder / "absent")

    run = await run_verifier(source("return {}"), *databases, "", level="strict")

    assert run.status == "error"
    assert str(temporary_folder) in run.error
    assert _names(temporary_folder) == []
