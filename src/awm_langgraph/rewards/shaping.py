"""Environment reward and shaped reward, after the tables of the published expert-in-the-loop system.

Source: OpenEnv pull request #428 (rewards by outcome; shaped reward: solo 2.0, recovery 1.3, blind 0.8).
"""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from awm_langgraph.episode import ConsultationRecord, Pattern, Reward, Trajectory, Value

_Points = Annotated[float, Field(allow_inf_nan=False)]


class RewardScale(Value):
    """The points of every outcome, and what is added to a completed episode for how help was used."""

    complete: _Points = 1.0
    incomplete: _Points = 0.1
    format_error: _Points = -1.0
    solo: _Points = 1.0
    recovery: _Points = 0.3
    blind: _Points = -0.2
    advised: _Points = 0.0
    """Added when there was advice before the task, and none later."""
    asked: _Points = 0.0
    """Added when the agent tried before it asked, but had met no trouble or got no answer."""


PUBLISHED_SCALE = RewardScale()


def reward_of(trajectory: Trajectory, scale: RewardScale = PUBLISHED_SCALE) -> Reward:
    """Reward an episode whose verdict holds its final outcome (see ``outcome_of``).

    =============  ===========  ==================================================
    outcome        environment  shaped
    =============  ===========  ==================================================
    complete       1.0          solo 2.0, recovery 1.3, recovery without need 1.0,
                                blind 0.8, advised before the task 1.0
    incomplete     0.1          0.1
    format_error   -1.0         -1.0
    anything else  None         None
    =============  ===========  ==================================================

    The first three rows are published (OpenEnv pull request #428). There an infrastructure failure was worth 0.0, less
    than an incomplete task; here it is no reward at all. Nothing was said there of an agent that asks after a
    trouble-free try, nor of advice before the task; here these neither gain nor lose. ``parts`` are the addends that
    sum to ``shaped``, in that order; they are empty where there is no reward.
    """
    pattern = pattern_of(trajectory)
    outcome = trajectory.verdict.outcome
    if outcome == "complete":
        parts = {"environment": scale.complete, pattern: _bonus(trajectory, pattern, scale)}
    elif outcome == "incomplete":
        parts = {"environment": scale.incomplete}
    elif outcome == "format_error":
        parts = {"environment": scale.format_error}
    else:
        return Reward(environment=None, shaped=None, parts={}, pattern=pattern)
    return Reward(environment=parts["environment"], shaped=sum(parts.values()), parts=parts, pattern=pattern)


def pattern_of(trajectory: Trajectory) -> Pattern:
    """Tell how help was used, by the first consultation that counts.

    A consultation that failed gave no help. One that the system had started on its own then never happened as far as
    the agent is concerned; one that the agent asked for still shows when it chose to ask, and is judged by that.
    """
    first = _first_consultation(trajectory)
    if first is None and any(record.trigger == "start" and not record.error for record in trajectory.consultations):
        return "advised"
    if first is None:
        return "solo" if trajectory.verdict.outcome == "complete" else "unhelped"
    return "blind" if first.after_calls == 0 else "recovery"


def _bonus(trajectory: Trajectory, pattern: Pattern, scale: RewardScale) -> float:
    if pattern == "solo":
        return scale.solo
    if pattern == "blind":
        return scale.blind
    if pattern == "advised":
        return scale.advised
    first = _first_consultation(trajectory)
    was_helped = any(not record.error for record in trajectory.consultations)
    is_earned = first is not None and was_helped and _follows_trouble(trajectory, first)
    return scale.recovery if is_earned else scale.asked


def _first_consultation(trajectory: Trajectory) -> ConsultationRecord | None:
    later = (record for record in trajectory.consultations if record.trigger != "start")
    return next((record for record in later if not record.error or record.trigger == "agent"), None)


def _follows_trouble(trajectory: Trajectory, record: ConsultationRecord) -> bool:
    return record.trigger in ("error", "stall") or any(call.is_error for call in trajectory.calls[: record.after_calls])
