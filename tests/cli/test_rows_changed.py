"""The rows that recorded calls changed, on snapshots of which some are gone."""

import sqlite3
from collections.abc import Iterable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from awm_langgraph.cli.rows_changed import RowsChanged, rows_changed_in
from awm_langgraph.environment.changes import DatabaseChange, TableChange
from awm_langgraph.environment.snapshot_files import SUFFIX
from awm_langgraph.environment.snapshots import SnapshotStore
from awm_langgraph.episode import Provenance, Task, ToolOutcome
from awm_langgraph.rollout.records import EpisodeRecord


def _snapshots(folder: Path, *, without: Iterable[int] = ()) -> list[str]:
    """Store four states of a database, each with a row more than the one before; some are removed again."""
    names = []
    for rows in range(4):
        with closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
            connection.execute("CREATE TABLE notes (id INTEGER PRIMARY KEY)")
            connection.executemany("INSERT INTO notes VALUES (?)", [(row,) for row in range(rows)])
            names.append(SnapshotStore(folder).put(connection.serialize()))
    for place in without:
        (folder / f"{names[place]}{SUFFIX}").unlink()
    return names


def _changed(names: list[str], folder: Path, *, is_finished: bool = True) -> RowsChanged:
    """Record a look and three calls, each of which made the next state."""
    look = ToolOutcome(name="look", arguments={}, kind="ok", text="", snapshot=names[0])
    work = [
        ToolOutcome(name="add", arguments={}, kind="ok", text="", changed=True, snapshot=name) for name in names[1:]
    ]
    provenance = Provenance(version="1", catalog_fingerprint="", prompts={}, models={}, condition="none", seed=0)
    record = EpisodeRecord(
        episode_id="e1",
        task=Task(catalog="bundled", scenario="desk", task_idx=0, instruction="Do it."),
        provenance=provenance,
        started_at=datetime(2026, 1, 1, tzinfo=UTC),
        calls=(look, *work),
        initial_snapshot=names[0] if is_finished else "",
        final_snapshot=names[-1] if is_finished else "",
    )
    return rows_changed_in(record, folder)


def _notes(inserted: int, note: str = "") -> DatabaseChange:
    return DatabaseChange(tables={"notes": TableChange(inserted=inserted)}, note=note)


def test_each_call_is_told_with_the_rows_that_it_changed_and_the_end_with_all_of_them(tmp_path: Path) -> None:
    found = _changed(_snapshots(tmp_path), tmp_path)
    assert found == RowsChanged({1: _notes(1), 2: _notes(1), 3: _notes(1)}, _notes(3))


def test_calls_without_a_snapshot_between_them_are_told_together_at_the_last(tmp_path: Path) -> None:
    found = _changed(_snapshots(tmp_path, without=[1, 2]), tmp_path)
    assert found == RowsChanged({3: _notes(3, "3 changing calls together")}, _notes(3))


def test_what_came_before_the_first_snapshot_that_is_there_is_not_told(tmp_path: Path) -> None:
    found = _changed(_snapshots(tmp_path, without=[0, 1]), tmp_path)
    assert found == RowsChanged({3: _notes(1)}, None)


def test_an_unfinished_episode_is_told_as_far_as_it_came(tmp_path: Path) -> None:
    found = _changed(_snapshots(tmp_path), tmp_path, is_finished=False)
    assert found == RowsChanged({1: _notes(1), 2: _notes(1), 3: _notes(1)}, None)


def test_a_folder_without_snapshots_tells_nothing(tmp_path: Path) -> None:
    assert _changed(_snapshots(tmp_path, without=range(4)), tmp_path) == RowsChanged({}, None)
