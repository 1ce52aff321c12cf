"""Rewards: every outcome by every pattern, and that the parts are the sum."""

from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from awm_langgraph.episode import (
    SCORED_OUTCOMES,
    Advice,
    CallKind,
    ConsultationRecord,
    Outcome,
    Pattern,
    Provenance,
    Task,
    ToolOutcome,
    Trajectory,
    Trigger,
    Verdict,
)
from awm_langgraph.rewards import RewardScale, pattern_of, reward_of

OUTCOMES: tuple[Outcome, ...] = get_args(Outcome)
UNSCORED = [outcome for outcome in OUTCOMES if outcome not in SCORED_OUTCOMES]
KINDS: tuple[CallKind, ...] = get_args(CallKind)
TRIGGERS: tuple[Trigger, ...] = get_args(Trigger)


def consulted(after_calls: int, trigger: Trigger = "agent", error: str = "") -> ConsultationRecord:
    return ConsultationRecord(
        number=1,
        trigger=trigger,
        reason="",
        step=after_calls,
        after_calls=after_calls,
        expert="dynamic",
        model="m",
        tier="criteria",
        advice=Advice(),
        error=error,
    )


def episode(outcome: Outcome, *consultations: ConsultationRecord, kinds: tuple[CallKind, ...] = ("ok",)) -> Trajectory:
    return Trajectory(
        episode_id="e1",
        task=Task(catalog="bundled", scenario="shop", task_idx=0, instruction="do it"),
        provenance=Provenance(version="0", catalog_fingerprint="", prompts={}, models={}, condition="dynamic", seed=0),
        calls=tuple(ToolOutcome(name="t", arguments={}, kind=kind, text="") for kind in kinds),
        consultations=consultations,
        stop_reason="final_answer",
        verdict=Verdict(outcome=outcome),
    )


ASKED_AT_ONCE = consulted(0)
ASKED_AFTER_A_TRY = consulted(1)
HISTORIES: dict[Pattern, tuple[ConsultationRecord, ...]] = {
    "solo": (),
    "unhelped": (),
    "blind": (ASKED_AT_ONCE,),
    "recovery": (ASKED_AFTER_A_TRY,),
    "advised": (consulted(0, "start"),),
}


@pytest.mark.parametrize(
    ("outcome", "pattern", "environment", "shaped"),
    [
        ("complete", "solo", 1.0, 2.0),
        ("complete", "recovery", 1.0, 1.3),
        ("complete", "blind", 1.0, 0.8),
        ("complete", "advised", 1.0, 1.0),
        ("incomplete", "unhelped", 0.1, 0.1),
        ("incomplete", "recovery", 0.1, 0.1),
        ("incomplete", "blind", 0.1, 0.1),
        ("incomplete", "advised", 0.1, 0.1),
        ("format_error", "unhelped", -1.0, -1.0),
        ("format_error", "recovery", -1.0, -1.0),
        ("format_error", "blind", -1.0, -1.0),
        *((outcome, pattern, None, None) for outcome in UNSCORED for pattern in ("unhelped", "recovery", "blind")),
    ],
)
def test_rewards_follow_the_published_table_and_infrastructure_is_never_rewarded(
    outcome: Outcome, pattern: Pattern, environment: float | None, shaped: float | None
) -> None:
    reward = reward_of(episode(outcome, *HISTORIES[pattern], kinds=("rejected", "ok")))

    assert (reward.environment, reward.shaped, reward.pattern) == (environment, shaped, pattern)


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "ok"])
def test_asking_after_any_kind_of_error_is_a_recovery_worth_a_bonus(kind: CallKind) -> None:
    assert reward_of(episode("complete", consulted(2), kinds=("ok", kind, "ok"))).shaped == 1.3


@pytest.mark.parametrize("trigger", ["error", "stall"])
def test_being_helped_by_the_system_after_a_try_is_a_recovery_worth_a_bonus(trigger: Trigger) -> None:
    assert reward_of(episode("complete", consulted(1, trigger))).shaped == 1.3


def test_asking_after_a_trouble_free_try_is_a_recovery_without_a_bonus() -> None:
    reward = reward_of(episode("complete", consulted(1), kinds=("ok", "server_error")))

    assert (reward.pattern, reward.shaped, reward.parts) == ("recovery", 1.0, {"environment": 1.0, "recovery": 0.0})


def test_the_first_consultation_decides_the_pattern() -> None:
    blind_then_recovery = episode("complete", consulted(0), consulted(1), kinds=("rejected", "ok"))

    assert pattern_of(blind_then_recovery) == "blind"


@pytest.mark.parametrize("trigger", ["error", "stall"])
def test_a_failed_consultation_that_the_system_started_is_left_out(trigger: Trigger) -> None:
    failed = consulted(1, trigger, error="timed out")

    assert reward_of(episode("complete", failed, kinds=("rejected", "ok"))).shaped == 2.0
    assert pattern_of(episode("incomplete", failed)) == "unhelped"


def test_an_agent_that_asked_in_vain_is_neither_solo_nor_recovered() -> None:
    in_vain = reward_of(episode("complete", consulted(1, error="timed out"), kinds=("rejected", "ok")))
    blindly = reward_of(episode("complete", consulted(0, error="timed out")))

    assert (in_vain.pattern, in_vain.shaped) == ("recovery", 1.0)
    assert (blindly.pattern, blindly.shaped) == ("blind", 0.8)


def test_an_agent_that_was_answered_the_second_time_recovered() -> None:
    asked_twice = episode("complete", consulted(1, error="timed out"), consulted(2), kinds=("rejected", "ok"))

    assert reward_of(asked_twice).shaped == 1.3


def test_training_may_set_its_own_scale() -> None:
    scale = RewardScale(complete=2.0, solo=0.5)

    assert reward_of(episode("complete"), scale).parts == {"environment": 2.0, "solo": 0.5}


def test_a_scale_refuses_what_is_no_number_of_points() -> None:
    with pytest.raises(ValidationError, match="finite"):
        RewardScale(solo=float("nan"))


POINTS = st.floats(-1e6, 1e6)
SCALES = st.builds(
    RewardScale,
    complete=POINTS,
    incomplete=POINTS,
    format_error=POINTS,
    solo=POINTS,
    recovery=POINTS,
    blind=POINTS,
    asked=POINTS,
)
EPISODES = st.builds(
    lambda outcome, consultations, kinds: episode(outcome, *consultations, kinds=tuple(kinds)),
    st.sampled_from(OUTCOMES),
    st.lists(
        st.builds(consulted, st.integers(0, 4), st.sampled_from(TRIGGERS), st.sampled_from(["", "failed"])), max_size=3
    ),
    st.lists(st.sampled_from(KINDS), max_size=4),
)


@given(trajectory=EPISODES, scale=SCALES)
def test_the_parts_sum_to_the_shaped_reward_exactly(trajectory: Trajectory, scale: RewardScale) -> None:
    reward = reward_of(trajectory, scale)

    if trajectory.verdict.outcome in SCORED_OUTCOMES:
        assert sum(reward.parts.values()) == reward.shaped
        assert reward.parts["environment"] == reward.environment
    else:
        assert (reward.environment, reward.shaped, reward.parts) == (None, None, {})


@given(trajectory=EPISODES)
def test_only_a_completed_episode_is_solo_and_it_is_never_unhelped(trajectory: Trajectory) -> None:
    pattern = reward_of(trajectory).pattern
    is_complete = trajectory.verdict.outcome == "complete"

    assert pattern == pattern_of(trajectory)
    assert pattern != ("unhelped" if is_complete else "solo")
