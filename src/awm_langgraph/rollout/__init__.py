"""Rollout: producing episodes, one or many, and keeping every one of them."""

from awm_langgraph.rollout.folders import EpisodeFolder, RunFolder, find_run, list_runs
from awm_langgraph.rollout.records import EpisodeRecord, EpisodeRow, RunRecord, StepRecord
from awm_langgraph.rollout.run import Run, open_run
from awm_langgraph.rollout.store import RunStore

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
]
