"""What a run store gives back."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import AwareDatetime, Field

from awm_langgraph.episode import (
    ConsultationRecord,
    Decision,
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

Arm = Literal["with", "without"]
"""The two continuations of a counterfactual: with the advice that was given, and without it."""


class Origin(Value):
    """What a fork goes on from: an episode after one of its steps; in a counterfactual also why.

    ``consultation`` is the number of the consultation that the two arms differ in; ``repeat`` counts from 0.
    """

    episode_id: str
    step: int
    consultation: int | None = None
    arm: Arm | None = None
    repeat: int | None = None


class RunRecord(Value):
    """One run: the episodes that one command produced. An episode's own provenance may differ in its condition.

    ``context`` holds the fields of the ``EpisodeContext`` that new episodes of the run get. ``catalog`` is where their
    scenarios come from by default; a run made before it was written down has none.
    """

    run_id: str
    created_at: AwareDatetime
    provenance: Provenance
    catalog: str = ""
    context: dict[str, Any] = Field(default_factory=dict)
    strict_seed: bool = False


class StepRecord(Value):
    """One agent turn that calls tools. ``message`` is the turn in ``messages_to_dict`` form; numbers count from 1."""

    number: int
    message: dict[str, Any]
    usage: Usage = Usage()
    latency_seconds: float = 0.0


class Setup(Value):
    """Which episode it is and what it is made with.

    ``context`` holds the fields of its ``EpisodeContext``; a fork has ``forked_from``.
    """

    episode_id: str
    provenance: Provenance
    context: dict[str, Any] = Field(default_factory=dict)
    forked_from: Origin | None = None


class Beginning(Setup):
    """What is known of an episode before anything happens in it."""

    task: Task
    seed_problems: tuple[SeedProblem, ...] = ()


class EpisodeRow(Beginning):
    """An episode at a glance. Until it is finished, its counts and usage are those of what has happened so far."""

    started_at: AwareDatetime
    finished_at: AwareDatetime | None = None
    outcome: Outcome | Literal["unfinished"] = "unfinished"
    stop_reason: StopReason | None = None
    reward: Reward | None = None
    step_count: int = 0
    call_count: int = 0
    consultation_count: int = 0
    usage: dict[str, Usage] = Field(default_factory=dict)
    final_answer: str = ""
    error: str = ""
    initial_snapshot: str = ""
    final_snapshot: str = ""
    latency_seconds: float = 0.0

    @property
    def is_finished(self) -> bool:
        """Tell whether there is a verdict."""
        return self.outcome != "unfinished"


class EpisodeRecord(EpisodeRow):
    """An episode with all that happened in it; the messages are those of its steps."""

    steps: tuple[StepRecord, ...] = ()
    calls: tuple[ToolOutcome, ...] = ()
    consultations: tuple[ConsultationRecord, ...] = ()
    decisions: tuple[Decision, ...] = ()
    verdict: Verdict | None = None


class Progress(Value):
    """What a checkpoint says has happened in an episode so far."""

    steps: tuple[StepRecord, ...] = ()
    calls: tuple[ToolOutcome, ...] = ()
    consultations: tuple[ConsultationRecord, ...] = ()
    decisions: tuple[Decision, ...] = ()
    usage: dict[str, Usage] = Field(default_factory=dict)
