"""What a piece of advice was worth: what episodes did with it, against what the same episodes did without."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pydantic import Field

from awm_langgraph.episode import SCORED_OUTCOMES, ConsultationRecord, Task, Trigger, Usage, Value
from awm_langgraph.rollout.estimates import Estimate, mean_difference, proportion_difference
from awm_langgraph.rollout.records import Arm, EpisodeRow


class Worth(Value):
    """One consultation's worth: each difference is with the advice minus without it, over pairs of equal seed.

    In both arms the agent goes on alone, so that this advice is all they differ in; steps, tokens and cost are those of
    the whole episode, the price of the advice included. ``left_out`` counts the continuations whose outcome says
    nothing about the agent; their pairs count nowhere. An estimate is None where there is nothing to estimate from.
    """

    episode_id: str
    task: Task
    consultation: int
    step: int
    trigger: Trigger
    models: dict[str, str]
    is_scripted: bool
    repeats: int
    pairs: int
    left_out: int
    completed_with: int
    completed_without: int
    completion: Estimate | None
    steps: Estimate | None
    tokens: Estimate | None
    cost_usd: Estimate | None
    episodes: dict[Arm, tuple[str, ...]] = Field(default_factory=dict)


def worth_of(parent: EpisodeRow, record: ConsultationRecord, arms: Mapping[Arm, Sequence[EpisodeRow]]) -> Worth:
    """Compare finished continuations; those at the same place in both arms are a pair."""
    rows = [row for arm in arms.values() for row in arm]
    pairs = [pair for pair in zip(arms["with"], arms["without"], strict=True) if all(map(_is_scored, pair))]
    ends = [(a.outcome == "complete", b.outcome == "complete") for a, b in pairs]
    usages = [(_usage(a), _usage(b)) for a, b in pairs]
    costs = [(a.cost_usd, b.cost_usd) for a, b in usages if a.cost_usd is not None and b.cost_usd is not None]
    return Worth(
        episode_id=parent.episode_id,
        task=parent.task,
        consultation=record.number,
        step=record.step,
        trigger=record.trigger,
        models=parent.provenance.models,
        is_scripted=parent.provenance.is_scripted,
        repeats=len(arms["with"]),
        pairs=len(pairs),
        left_out=sum(not _is_scored(row) for row in rows),
        completed_with=sum(first for first, _ in ends),
        completed_without=sum(second for _, second in ends),
        completion=proportion_difference(ends),
        steps=mean_difference([(a.step_count, b.step_count) for a, b in pairs]),
        tokens=mean_difference([(a.tokens, b.tokens) for a, b in usages]),
        cost_usd=mean_difference(costs) if len(costs) == len(pairs) else None,
        episodes={arm: tuple(row.episode_id for row in continued) for arm, continued in arms.items()},
    )


def _is_scored(row: EpisodeRow) -> bool:
    return row.outcome in SCORED_OUTCOMES


def _usage(row: EpisodeRow) -> Usage:
    return sum(row.usage.values(), Usage())
