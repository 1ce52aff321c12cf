"""The policy as a form, and what it refuses."""

from typing import Any

import pytest
from pydantic import BaseModel, ConfigDict, ValidationError

from awm_langgraph.errors import UsageError
from awm_langgraph.experts.policy import Policy, PolicyFields, check_prices
from awm_langgraph.models import ModelChoice


def test_by_default_errors_and_stalls_bring_the_expert_and_nothing_else_does() -> None:
    policy = Policy()
    assert (policy.on_error, policy.on_stall) == ("route", "route")
    assert (policy.on_low_confidence, policy.on_irreversible, policy.on_finish) == ("off", "off", "off")
    assert (policy.errors_in_a_row, policy.stall_steps, policy.max_consultations) == (1, 5, 3)
    assert (policy.max_expert_tokens, policy.max_expert_cost_usd, policy.max_expert_seconds) == (None, None, None)
    assert (policy.cooldown_steps, policy.allow_before_first_try) == (0, False)


@pytest.mark.parametrize(
    "wrong",
    [
        {"on_error": "refuse"},
        {"error_kinds": ()},
        {"error_kinds": ("timeout",)},
        {"errors_in_a_row": 0},
        {"stall_steps": 0},
        {"repeated_calls": 1},
        {"min_confidence": 1.1},
        {"irreversible_tools": ()},
        {"max_consultations": -1},
        {"max_expert_tokens": 0},
        {"max_expert_cost_usd": float("nan")},
        {"max_expert_seconds": float("inf")},
        {"cooldown_steps": -1},
        {"escalate": True},
    ],
)
def test_a_policy_that_means_nothing_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Policy.model_validate(wrong)


def test_every_field_is_described_for_whoever_fills_in_the_form() -> None:
    properties = Policy.model_json_schema()["properties"]
    assert len(properties) == 20
    assert all(schema["description"].endswith(".") for schema in properties.values())


def test_a_policy_is_taken_out_of_a_larger_form() -> None:
    class Form(PolicyFields):
        model_config = ConfigDict(frozen=True, extra="forbid")
        agent: str = "openai:small"

    form = Form(on_finish="nudge", max_consultations=1)
    assert Policy.of(form) == Policy(on_finish="nudge", max_consultations=1)
    assert issubclass(PolicyFields, BaseModel)


PRICED = ModelChoice(model="openai:big", input_price=1.25, output_price=10)


@pytest.mark.parametrize("choice", [PRICED, ModelChoice(model="scripted:expert")])
def test_a_limit_on_costs_is_kept_where_prices_are_known(choice: ModelChoice) -> None:
    check_prices(Policy(max_expert_cost_usd=1), choice)


@pytest.mark.parametrize(
    ("choice", "name"),
    [
        (ModelChoice(model="openai:big"), "openai:big"),
        (ModelChoice(model="openai:big", input_price=1), "openai:big"),
        (None, "the expert"),
    ],
)
def test_a_limit_on_costs_that_nobody_could_keep_is_refused_at_once(choice: ModelChoice | None, name: str) -> None:
    check_prices(Policy(), choice)
    with pytest.raises(UsageError, match=f"prices of {name}, found none: set AWM_EXPERT_INPUT_PRICE") as error:
        check_prices(Policy(max_expert_cost_usd=1), choice)
    assert "\n" not in str(error.value)
