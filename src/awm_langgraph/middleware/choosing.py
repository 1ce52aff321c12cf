"""Who helps an agent, and by which policy, from what a caller wrote."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from langchain_core.language_models import BaseChatModel
from pydantic import ValidationError

from awm_langgraph.errors import UsageError
from awm_langgraph.experts import DynamicExpert, Expert, Policy, as_expert, check_prices
from awm_langgraph.models import ModelChoice, chat_model, configured_choice


def chosen_policy(policy: Policy | None, fields: Mapping[str, Any]) -> Policy:
    """Make the policy, or refuse one that no agent of ``create_agent`` can be held to.

    Raises:
        UsageError: a field is unknown or out of range, or the policy is given twice.
    """
    if policy is not None and fields:
        raise UsageError(f"ExpertMiddleware: expected policy or its fields, found both: put {next(iter(fields))} in it")
    try:
        chosen = policy or Policy.model_validate(fields)
    except ValidationError as error:
        raise UsageError(f"ExpertMiddleware: {_complaint(error)}") from None
    if chosen.max_consultations == 0:
        raise UsageError("ExpertMiddleware: max_consultations: expected 1 or more, found 0: leave the middleware out")
    if chosen.unchanged_steps is not None:
        raise UsageError(
            "ExpertMiddleware: unchanged_steps: expected none, as an agent's own tools do not tell what they change, "
            f"found {chosen.unchanged_steps}: use stall_steps or steps_since_advice"
        )
    return chosen


def chosen_criteria(criteria: Sequence[str]) -> tuple[str, ...]:
    """Read the criteria.

    Raises:
        UsageError: they are one text.
    """
    if isinstance(criteria, str):
        raise UsageError("ExpertMiddleware: criteria: expected a list of sentences, found one text: put it in [ ]")
    return tuple(criteria)


def chosen_expert(given: Any, policy: Policy) -> tuple[Expert, ModelChoice | None]:
    """Make the expert, and say which model it asks, if it is one whose prices can be known.

    Raises:
        UsageError: there is no such expert, or its costs are limited and its prices are not known.
    """
    if isinstance(given, str | ModelChoice):
        choice = _choice(given) if isinstance(given, str) else given
        check_prices(policy, choice)
        return DynamicExpert(chat_model("expert", choice), choice.model), choice
    if isinstance(given, BaseChatModel):
        check_prices(policy, None)
    return as_expert(given), None


def _choice(name: str) -> ModelChoice:
    configured = configured_choice("expert")
    return ModelChoice(model=name, input_price=configured.input_price, output_price=configured.output_price)


def _complaint(error: ValidationError) -> str:
    first = error.errors()[0]
    place = ".".join(str(part) for part in first["loc"])
    if first["type"] == "extra_forbidden":
        return f"{place} is no field of a policy: expected one of {', '.join(Policy.model_fields)}"
    return f"{place}: {first['msg']}, found {first['input']!r}: correct it"
