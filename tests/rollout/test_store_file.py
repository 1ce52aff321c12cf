"""The run store's file: what is refused, and what a killed writer leaves behind."""

import asyncio
import signal
import sqlite3
import sys
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from awm_langgraph.episode import Provenance, ToolOutcome
from awm_langgraph.errors import UsageError
from awm_langgraph.rollout.records import RunRecord
from awm_langgraph.rollout.store import SCHEMA_VERSION, RunStore

RUN = RunRecord(
    run_id="r1",
    created_at=datetime(2026, 11, 21, 7, 33, tzinfo=UTC),
    provenance=Provenance(version="0.1", catalog_fingerprint="", prompts={}, models={}, condition="none", seed=0),
)


async def test_a_new_store_takes_no_ones_place(tmp_path: Path) -> None:
    async with await RunStore.create(tmp_path / "run.db", RUN) as store:
        with pytest.raises(UsageError, match="found a file"):
            await RunStore.create(store.path, RUN)
        assert await store.run() == RUN


async def test_a_run_of_which_no_catalog_was_written_down_is_read_without_one(tmp_path: Path) -> None:
    made = RUN.model_copy(update={"catalog": "bundled"})
    async with await RunStore.create(tmp_path / "run.db", made) as store:
        assert await store.run() == made
    with closing(sqlite3.connect(store.path)) as connection, connection:
        connection.execute("ALTER TABLE run DROP COLUMN catalog")
    async with await RunStore.open(store.path) as store:
        assert await store.run() == RUN


async def test_a_store_needs_a_folder(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot make a run store"):
        await RunStore.create(tmp_path / "missing" / "run.db", RUN)


def sqlite_file(path: Path, *statements: str) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        for statement in statements:
            connection.execute(statement)


async def test_what_is_no_store_is_refused_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "text.db").write_text("hello " * 500, encoding="utf-8")
    (tmp_path / "empty.db").touch()
    sqlite_file(tmp_path / "other.db", "CREATE TABLE t (x)")

    for name, complaint in (
        ("missing.db", "found no such file"),
        ("text.db", "found another file"),
        ("empty.db", "found another file"),
        ("other.db", "found another file"),
    ):
        with pytest.raises(UsageError, match=complaint) as caught:
            await RunStore.open(tmp_path / name)
        assert "\n" not in str(caught.value)
    assert not (tmp_path / "missing.db").exists()


@pytest.mark.parametrize(
    ("version", "remedy"), [(SCHEMA_VERSION + 1, "upgrade"), (SCHEMA_VERSION - 1, "read it with an older")]
)
async def test_a_store_of_another_version_is_refused_and_left_alone(tmp_path: Path, version: int, remedy: str) -> None:
    path = tmp_path / "run.db"
    await (await RunStore.create(path, RUN)).close()
    sqlite_file(path, f"PRAGMA user_version = {version}")

    with pytest.raises(UsageError, match=f"expected schema version {SCHEMA_VERSION}, found {version}: {remedy}"):
        await RunStore.open(path)


async def test_a_damaged_store_is_told_in_one_line(tmp_path: Path) -> None:
    async with await RunStore.create(tmp_path / "run.db", RUN) as store:
        sqlite_file(store.path, "DROP TABLE calls")

        with pytest.raises(UsageError, match="no such table: calls"):
            await store.episodes()


async def test_a_path_with_the_letters_of_a_uri_is_a_path(tmp_path: Path) -> None:
    path = tmp_path / "50% done?mode=memory#.db"

    async with await RunStore.create(path, RUN) as store:
        assert await store.run() == RUN
    assert path.stat().st_size > 0


WRITER = """
import asyncio, sys
from pathlib import Path
from awm_langgraph.episode import Task, ToolOutcome
from awm_langgraph.rollout.records import Beginning, RunRecord
from awm_langgraph.rollout.store import RunStore

async def main():
    run = RunRecord.model_validate_json(sys.argv[2])
    store = await RunStore.create(Path(sys.argv[1]), run)
    task = Task(catalog="bundled", scenario="shop", task_idx=0, instruction="do it")
    await store.start_episode(Beginning(episode_id="e1", task=task, provenance=run.provenance))
    step = 0
    while True:
        step += 1
        call = ToolOutcome(name="look", arguments={"n": step}, kind="ok", text="x" * 2000, step=step, call_id="a")
        await store.record_call("e1", call)
        print(step, flush=True)

asyncio.run(main())
"""


async def test_a_killed_writer_leaves_everything_that_it_had_written(tmp_path: Path) -> None:
    path = tmp_path / "run.db"
    writer = await asyncio.create_subprocess_exec(
        sys.executable, "-c", WRITER, str(path), RUN.model_dump_json(), stdout=asyncio.subprocess.PIPE
    )
    assert writer.stdout is not None
    while (line := await asyncio.wait_for(writer.stdout.readline(), timeout=300)) != b"50\n":
        assert line, "the writer ended by itself"
    writer.kill()
    told = (await writer.stdout.read()).splitlines(keepends=True)
    last_told = max([50, *(int(line) for line in told if line.endswith(b"\n"))])
    returncode = await writer.wait()

    async with await RunStore.open(path) as store:
        (row,) = await store.episodes()
        calls = [call.arguments for call in (await store.episode("e1")).calls]
        await store.record_call("e1", ToolOutcome(name="look", arguments={}, kind="ok", text="", step=100_000))

    assert returncode == -signal.SIGKILL
    assert row.outcome == "unfinished"
    assert len(calls) >= last_told
    assert calls == [{"n": step} for step in range(1, len(calls) + 1)]
