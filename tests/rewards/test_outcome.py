"""The episode's outcome: what the verifier found, refined by how the episode stopped."""

from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from awm_langgraph.episode import FORMAT_ERRORS, CallKind, Outcome, StopReason, ToolOutcome
from awm_langgraph.rewards import outcome_of

OUTCOMES: tuple[Outcome, ...] = get_args(Outcome)
STOPS: tuple[StopReason, ...] = get_args(StopReason)
KINDS: tuple[CallKind, ...] = get_args(CallKind)
NOT_DONE: tuple[Outcome, ...] = ("incomplete", "server_error", "agent_error")
FAILED_STOPS: tuple[StopReason, ...] = ("model_error", "content_filter", "environment_error", "timeout")


def calls_of(*kinds: CallKind) -> tuple[ToolOutcome, ...]:
    return tuple(ToolOutcome(name="get_workflow", arguments={}, kind=kind, text="") for kind in kinds)


@pytest.mark.parametrize("stop_reason", STOPS)
@pytest.mark.parametrize("kind", KINDS)
def test_complete_wins_however_the_episode_stopped(stop_reason: StopReason, kind: CallKind) -> None:
    assert outcome_of("complete", stop_reason, calls_of(kind)) == "complete"


@pytest.mark.parametrize("stop_reason", STOPS)
@pytest.mark.parametrize("found", ["void", "judge_error"])
def test_what_is_a_fact_about_the_task_stays(found: Outcome, stop_reason: StopReason) -> None:
    assert outcome_of(found, stop_reason, calls_of("tool_not_found")) == found


@pytest.mark.parametrize("stop_reason", FAILED_STOPS)
@pytest.mark.parametrize("found", [*NOT_DONE, "no_verifier"])
def test_an_episode_not_done_that_infrastructure_ended_is_that_outcome(found: Outcome, stop_reason: StopReason) -> None:
    assert outcome_of(found, stop_reason, calls_of("invalid_args")) == stop_reason


@pytest.mark.parametrize("stop_reason", ["final_answer", "step_limit"])
@pytest.mark.parametrize("kind", KINDS)
def test_only_a_format_error_in_the_last_call_makes_an_incomplete_episode_a_format_error(
    stop_reason: StopReason, kind: CallKind
) -> None:
    expected = "format_error" if kind in FORMAT_ERRORS else "incomplete"
    assert outcome_of("incomplete", stop_reason, calls_of("ok", kind)) == expected


@pytest.mark.parametrize(
    ("kind", "outcome"), [("tool_not_found", "format_error"), ("ok", "agent_error"), ("server_error", "agent_error")]
)
def test_a_judges_agent_error_gives_way_to_a_format_error_in_the_last_call(kind: CallKind, outcome: Outcome) -> None:
    assert outcome_of("agent_error", "step_limit", calls_of("ok", kind)) == outcome


@pytest.mark.parametrize("kind", KINDS)
def test_a_judges_server_error_stays_whatever_the_last_call_was(kind: CallKind) -> None:
    assert outcome_of("server_error", "final_answer", calls_of(kind)) == "server_error"


def test_a_format_error_that_was_recovered_from_leaves_the_episode_incomplete() -> None:
    assert outcome_of("incomplete", "final_answer", calls_of("invalid_args", "ok")) == "incomplete"


def test_an_agent_that_never_called_anything_is_incomplete() -> None:
    assert outcome_of("incomplete", "final_answer", ()) == "incomplete"


@given(found=st.sampled_from(OUTCOMES), stop=st.sampled_from(STOPS), kinds=st.lists(st.sampled_from(KINDS), max_size=3))
def test_refining_an_outcome_twice_changes_nothing(found: Outcome, stop: StopReason, kinds: list[CallKind]) -> None:
    calls = calls_of(*kinds)
    once = outcome_of(found, stop, calls)
    assert outcome_of(once, stop, calls) == once
