"""Evaluators without LangSmith, on trajectories made by hand."""

import logging
import sys
from typing import Any

import pytest

from awm_langgraph.episode import (
    Advice,
    CallKind,
    ConsultationRecord,
    Judgement,
    Outcome,
    Provenance,
    Reward,
    Task,
    ToolOutcome,
    Trajectory,
    Verdict,
)
from awm_langgraph.evaluation import evaluators
from awm_langgraph.evaluation.evaluators import EVALUATORS, results_of

MADE_WITH = Provenance(version="1", catalog_fingerprint="c", prompts={}, models={}, condition="none", seed=0)
REFERENCE = {"calls": [{"name": "close", "arguments": {"id": 1}}], "final_answer": ""}


def _call(name: str, kind: CallKind = "ok", **arguments: Any) -> ToolOutcome:
    return ToolOutcome(name=name, arguments=arguments, kind=kind, text="")


def _outputs(outcome: Outcome = "complete", **fields: Any) -> dict[str, Any]:
    is_scored = outcome in ("complete", "incomplete", "format_error")
    figure = float(outcome == "complete") if is_scored else None
    given = {
        "verdict": Verdict(outcome=outcome),
        "reward": Reward(environment=figure, shaped=figure, parts={"environment": figure or 0}, pattern="solo"),
        **fields,
    }
    task = Task(catalog="c", scenario="s", task_idx=0, instruction="Do it.")
    made = Trajectory(episode_id="e", task=task, provenance=MADE_WITH, stop_reason="final_answer", **given)
    return made.model_dump(mode="json")


def _said(outputs: dict[str, Any]) -> dict[str, Any]:
    results = [one for each in EVALUATORS for one in results_of(each, outputs, REFERENCE)]
    return {one["key"]: one.get("score", one.get("value")) for one in results}


def test_a_solved_task_without_help() -> None:
    calls = (_call("list"), _call("close", id=1))
    assert _said(_outputs(calls=calls, steps=2)) == {
        "completed": 1.0,
        "reward": 1.0,
        "shaped_reward": 1.0,
        "steps": 2,
        "format_errors": 0,
        "consultation_pattern": "solo",
        "trajectory_match": 1.0,
    }


@pytest.mark.parametrize("outcome", ["environment_error", "judge_error", "timeout", "model_error"])
def test_what_failed_outside_the_agent_is_not_scored(outcome: Outcome) -> None:
    said = _said(_outputs(outcome))
    assert not {"completed", "reward", "shaped_reward"} & {*said}
    assert said["steps"] == 0


def test_format_errors_are_counted_and_named() -> None:
    calls = (_call("nope", "tool_not_found"), _call("close", "invalid_args"), _call("close", "rejected"))
    assert evaluators.format_errors(_outputs("incomplete", calls=calls)) == {
        "key": "format_errors",
        "score": 2,
        "comment": "tool_not_found, invalid_args",
    }


def test_the_pattern_says_what_brought_help() -> None:
    record = ConsultationRecord(
        number=1,
        trigger="stall",
        reason="",
        step=1,
        after_calls=1,
        expert="dynamic",
        model="m",
        tier="schema",
        advice=Advice(),
    )
    reward = Reward(environment=1, shaped=1, parts={}, pattern="recovery")
    said = evaluators.consultation_pattern(_outputs(consultations=(record,), reward=reward))
    assert (said["value"], said["comment"]) == ("recovery", "stall")


@pytest.mark.parametrize(
    ("calls", "score"),
    [
        ((_call("close", id=1), _call("list")), 1.0),
        ((_call("close", id=2),), 0.0),
        ((_call("close", "rejected", id=1),), 0.0),
        ((), 0.0),
    ],
)
def test_the_reference_solutions_calls_must_have_succeeded_with_its_arguments(
    calls: tuple[ToolOutcome, ...], score: float
) -> None:
    assert evaluators.trajectory_match(_outputs(calls=calls), REFERENCE)["score"] == score


def test_without_a_reference_solution_no_match_is_claimed() -> None:
    assert results_of(evaluators.trajectory_match, _outputs(), {}) == []


def test_without_agentevals_everything_else_is_said_and_what_is_missing_once(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setitem(sys.modules, "agentevals.trajectory.match", None)
    evaluators._matcher.cache_clear()
    try:
        with caplog.at_level(logging.WARNING):
            said = [
                one["key"] for _ in range(2) for each in EVALUATORS for one in results_of(each, _outputs(), REFERENCE)
            ]
    finally:
        evaluators._matcher.cache_clear()
    assert said.count("completed") == 2
    assert "trajectory_match" not in said
    (told,) = caplog.messages
    assert "pip install 'awm-langgraph[evals]'" in told


@pytest.mark.parametrize(("disagreement", "score"), [("", 1.0), ("the judge says incomplete", 0.0)])
def test_a_judge_beside_the_code_agrees_or_not(disagreement: str, score: float) -> None:
    judgement = Judgement(model="m", classification="complete")
    verdict = Verdict(outcome="complete", mode="both", judgement=judgement, disagreement=disagreement)
    assert evaluators.judge_agreement(_outputs(verdict=verdict))["score"] == score


def test_without_a_judge_there_is_no_agreement() -> None:
    assert results_of(evaluators.judge_agreement, _outputs(), {}) == []
