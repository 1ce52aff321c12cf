"""Feedback from a trajectory, without a service."""

from typing import Any
from uuid import UUID

import pytest

from awm_langgraph.episode import Outcome, Provenance, Reward, Task, Trajectory, Usage, Verdict
from awm_langgraph.rollout.records import Setup
from awm_langgraph.rollout.tracing.labels import feedback_on, root_config

ROOT = UUID("00000000-0000-7000-8000-000000000001")
MADE_WITH = Provenance(
    version="1", catalog_fingerprint="c", prompts={}, models={"agent": "openai:any"}, condition="none", seed=0
)


def _trajectory(outcome: Outcome, reward: Reward | None, cost_usd: float | None = None) -> Trajectory:
    return Trajectory(
        episode_id="e",
        task=Task(catalog="bundled", scenario="desk", task_idx=0, instruction="Do it."),
        provenance=MADE_WITH,
        stop_reason="final_answer",
        verdict=Verdict(outcome=outcome),
        reward=reward,
        usage={"agent": Usage(cost_usd=cost_usd)},
    )


def _by_key(trajectory: Trajectory) -> dict[str, dict[str, Any]]:
    return {one["key"]: one for one in feedback_on(trajectory, ROOT)}


@pytest.mark.parametrize(("outcome", "environment", "completed"), [("complete", 1.0, 1.0), ("incomplete", 0.1, 0.0)])
def test_an_episode_that_counts_has_reward_and_completion(
    outcome: Outcome, environment: float, completed: float
) -> None:
    reward = Reward(environment=environment, shaped=0.5, parts={"environment": 0.1, "blind": -0.25}, pattern="solo")
    given = _by_key(_trajectory(outcome, reward))
    assert (given["reward"]["score"], given["completed"]["score"]) == (environment, completed)
    assert given["shaped_reward"]["comment"] == "environment 0.1, blind -0.25"
    assert given["pattern"]["value"] == "solo"


def test_a_failure_of_the_infrastructure_is_no_reward() -> None:
    reward = Reward(environment=None, shaped=None, parts={}, pattern="unhelped")
    given = _by_key(_trajectory("environment_error", reward))
    assert not {"reward", "shaped_reward", "completed"} & {*given}
    assert given["outcome"]["value"] == "environment_error"


def test_a_cost_that_nobody_knows_is_left_out() -> None:
    assert "cost_usd" not in _by_key(_trajectory("complete", None))
    assert _by_key(_trajectory("complete", None, 0.25))["cost_usd"]["score"] == 0.25


def test_feedback_that_is_sent_twice_has_the_same_ids() -> None:
    first, second = (feedback_on(_trajectory("complete", None), ROOT) for _ in range(2))
    assert [one["id"] for one in first] == [one["id"] for one in second]
    assert len({one["id"] for one in first}) == len(first)
    assert {one["trace_id"] for one in first} == {str(ROOT)}


def test_an_instruction_of_ones_own_and_no_split_are_named_as_such() -> None:
    config = root_config(Setup(episode_id="e", provenance=MADE_WITH), "desk", None)
    assert config["run_name"] == "episode desk/own"
    assert config["tags"] == ["condition:none", "scenario:desk", "expert:none"]
