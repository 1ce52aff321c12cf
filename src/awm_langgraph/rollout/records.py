"""What a run store gives back."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import AwareDatetime, Field

from awm_langgraph.episode import (
    ConsultationRecord,
    Outcome,
    Provenance,
    Reward,
    SeedProblem,
    StopReason,
    Task,
    ToolOutcome,
    Usage,
    Value,
    Verdict,
)


class RunRecord(Value):
    """One run: the episodes that one command produced. An episode's own provenance may differ in its condition."""

    run_id: str
    created_at: AwareDatetime
    provenance: Provenance


class StepRecord(Value):
    """One agent turn that calls tools. ``message`` is the turn in ``messages_to_dict`` form; numbers count from 1."""

    number: int
    message: dict[str, Any]
    usage: Usage = Usage()
    latency_seconds: float = 0.0


class EpisodeRow(Value):
    """An episode at a glance. Until it is finished, its counts and usage are those of what has happened so far."""

    episode_id: str
    task: Task
    provenance: Provenance
    started_at: AwareDatetime
    finished_at: AwareDatetime | None = None
    outcome: Outcome | Literal["unfinished"] = "unfinished"
    stop_reason: StopReason | None = None
    reward: Reward | None = None
    step_count: int = 0
    call_count: int = 0
    consultation_count: int = 0
    seed_problems: tuple[SeedProblem, ...] = ()
    usage: dict[str, Usage] = Field(default_factory=dict)
    final_answer: str = ""
    error: str = ""
    initial_snapshot: str = ""
    final_snapshot: str = ""
    latency_seconds: float = 0.0


class EpisodeRecord(EpisodeRow):
    """An episode with all that happened in it; the messages are those of its steps."""

    steps: tuple[StepRecord, ...] = ()
    calls: tuple[ToolOutcome, ...] = ()
    consultations: tuple[ConsultationRecord, ...] = ()
    verdict: Verdict | None = None
