"""Which rows a recorded episode's calls changed, read from the snapshots that lie beside its record."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from awm_langgraph.environment.changes import DatabaseChange, compare_snapshots
from awm_langgraph.environment.snapshots import SnapshotStore
from awm_langgraph.rollout.records import EpisodeRecord


@dataclass(frozen=True)
class RowsChanged:
    """What is known of an episode's changes: by the place of a call among its calls, from 0, and altogether."""

    by_call: dict[int, DatabaseChange]
    altogether: DatabaseChange | None


def rows_changed_in(record: EpisodeRecord, snapshots: Path) -> RowsChanged:
    """Compare the snapshots of a folder in the order in which the calls made them.

    Some are gone: those that no checkpoint names, and most of a fork's parent's. The changes between two that are there
    are told together, at the last of them, and the note says so.
    """
    first, last = record.initial_snapshot, record.final_snapshot
    is_whole = first != last and _is_kept(snapshots, first) and _is_kept(snapshots, last)
    altogether = compare_snapshots(snapshots, first, last) if is_whole else None
    return RowsChanged(dict(_by_call(record, snapshots)), altogether)


def _by_call(record: EpisodeRecord, snapshots: Path) -> Iterator[tuple[int, DatabaseChange]]:
    before, changes = record.initial_snapshot, 0
    for place, call in enumerate(record.calls):
        changes += call.changed
        if not _is_kept(snapshots, call.snapshot):
            continue
        if changes and _is_kept(snapshots, before):
            change = compare_snapshots(snapshots, before, call.snapshot)
            yield place, change if changes == 1 else _together(change, changes)
        before, changes = call.snapshot, 0


def _together(change: DatabaseChange, changes: int) -> DatabaseChange:
    note = f"{changes} changing calls together"
    return change.model_copy(update={"note": f"{change.note}; {note}" if change.note else note})


def _is_kept(snapshots: Path, snapshot: str) -> bool:
    return bool(snapshot) and SnapshotStore(snapshots).has(snapshot)
