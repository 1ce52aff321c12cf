"""The figures of a comparison, from records made up for it."""

from datetime import UTC, datetime
from typing import Any

import pytest

from awm_langgraph.episode import Advice, ConsultationRecord, Provenance, Task, Usage
from awm_langgraph.rollout.records import EpisodeRow
from awm_langgraph.rollout.worth import worth_of

CONSULTATION = ConsultationRecord(
    number=2,
    trigger="error",
    reason="",
    step=3,
    after_calls=3,
    expert="dynamic",
    model="openai:big",
    tier="schema",
    advice=Advice(),
)
PROVENANCE = Provenance(
    version="", catalog_fingerprint="", prompts={}, models={"agent": "openai:small"}, condition="", seed=0
)


def ended(outcome: Any, steps: int = 3, tokens: int = 10, cost: float | None = 0.5) -> EpisodeRow:
    return EpisodeRow(
        episode_id=f"{outcome}-{steps}",
        task=Task(catalog="c", scenario="s", task_idx=0, instruction=""),
        provenance=PROVENANCE,
        started_at=datetime(2026, 11, 21, tzinfo=UTC),
        outcome=outcome,
        step_count=steps,
        usage={"agent": Usage(input_tokens=tokens, cost_usd=cost), "expert": Usage(output_tokens=1)},
    )


def test_differences_are_with_minus_without() -> None:
    arms: Any = {
        "with": [ended("complete", 4, 30, 0.75), ended("complete", 5, 30, 0.75)],
        "without": [ended("incomplete", 6, 10), ended("complete", 8, 10)],
    }
    worth = worth_of(ended("complete"), CONSULTATION, arms)
    assert (worth.consultation, worth.step, worth.trigger, worth.is_scripted) == (2, 3, "error", False)
    assert (worth.completed_with, worth.completed_without, worth.pairs, worth.repeats) == (2, 1, 2, 2)
    assert worth.completion
    assert worth.steps
    assert worth.tokens
    assert worth.cost_usd
    assert (worth.completion.value, worth.steps.value, worth.tokens.value) == (0.5, -2.5, 20.0)
    assert worth.cost_usd.value == pytest.approx(0.25)
    assert worth.episodes == {"with": ("complete-4", "complete-5"), "without": ("incomplete-6", "complete-8")}


def test_what_says_nothing_about_the_agent_is_left_out_with_its_pair_and_counted() -> None:
    arms: Any = {
        "with": [ended("complete"), ended("environment_error"), ended("complete")],
        "without": [ended("model_error"), ended("complete"), ended("format_error")],
    }
    worth = worth_of(ended("complete"), CONSULTATION, arms)
    assert (worth.pairs, worth.left_out, worth.completed_with, worth.completed_without) == (1, 2, 1, 0)


def test_a_cost_that_is_not_known_for_all_is_not_estimated() -> None:
    arms: Any = {"with": [ended("complete"), ended("complete")], "without": [ended("complete", cost=None)] * 2}
    worth = worth_of(ended("complete"), CONSULTATION, arms)
    assert worth.cost_usd is None
    assert worth.tokens is not None


def test_nothing_is_estimated_from_nothing() -> None:
    arms: Any = {"with": [ended("timeout")], "without": [ended("timeout")]}
    worth = worth_of(ended("complete"), CONSULTATION, arms)
    assert (worth.completion, worth.steps, worth.tokens, worth.cost_usd) == (None, None, None, None)
    assert (worth.pairs, worth.left_out) == (0, 2)
