"""Rollout: producing episodes, one or many, and keeping every one of them.

``Run`` and what opens one are found on first use: they need langgraph, which reading a run store does not.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from awm_langgraph.rollout.folders import EpisodeFolder, RunFolder, find_run, list_runs
from awm_langgraph.rollout.records import EpisodeRecord, EpisodeRow, RunRecord, StepRecord
from awm_langgraph.rollout.store import RunStore

if TYPE_CHECKING:
    from awm_langgraph.rollout.run import Run, open_run, reopen_run

__all__ = [
    "EpisodeFolder",
    "EpisodeRecord",
    "EpisodeRow",
    "Run",
    "RunFolder",
    "RunRecord",
    "RunStore",
    "StepRecord",
    "find_run",
    "list_runs",
    "open_run",
    "reopen_run",
]


def __getattr__(name: str) -> Any:
    if name not in ("Run", "open_run", "reopen_run"):
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from awm_langgraph.rollout import run

    return getattr(run, name)
