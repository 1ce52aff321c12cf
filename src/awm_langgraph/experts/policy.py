"""When help is brought up, what follows, and what it may use: the settings that ``decide`` goes by."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, Field

from awm_langgraph.episode import Value
from awm_langgraph.errors import UsageError
from awm_langgraph.models import ModelChoice
from awm_langgraph.models.prices import is_priced

PolicyReaction = Literal["route", "nudge", "off"]
"""``route``: the expert is asked. ``nudge``: the agent is told that it may ask. ``off``: neither."""
ErrorKind = Literal["tool_not_found", "invalid_args", "invalid_action", "rejected", "server_error"]
"""The failed calls that are the agent's to mend; failures of ours are none of them."""
ERROR_KINDS: tuple[ErrorKind, ...] = ("tool_not_found", "invalid_args", "invalid_action", "rejected", "server_error")

_Count = Annotated[int, Field(ge=1)]
_NOT_NEGATIVE = Field(ge=0, allow_inf_nan=False)


class PolicyFields(BaseModel):
    """The fields of a ``Policy``, for every form that shows them among others."""

    on_error: PolicyReaction = Field(
        "route",
        description="After a failed call: route (the expert is asked), nudge (the agent is told that it may ask) or "
        "off. All reactions keep to the budgets below.",
    )
    error_kinds: tuple[ErrorKind, ...] = Field(
        ERROR_KINDS, min_length=1, description="Which failed calls count as errors. Failures of ours never do."
    )
    errors_in_a_row: _Count = Field(1, description="So many steps in a row have to meet an error.")
    on_stall: PolicyReaction = Field(
        "route", description="When the agent gets nowhere, by any of the five measures below: route, nudge or off."
    )
    stall_steps: _Count | None = Field(
        5,
        description="A stall: so many steps in a row without progress. Progress is a change of the database, or an "
        "answer that the same call had not brought before. Empty: not looked at.",
    )
    repeated_calls: Annotated[int, Field(ge=2)] | None = Field(
        3, description="A stall: the same call so many times in a row with the same answer. Empty: not looked at."
    )
    malformed_turns: _Count | None = Field(
        2, description="A stall: so many turns in a row that were empty or could not be read. Empty: not looked at."
    )
    unchanged_steps: _Count | None = Field(
        None,
        description="A stall: so many steps without a change of the database. Finds an agent that only looks around, "
        "and takes a task that is all looking for one. Empty: not looked at.",
    )
    steps_since_advice: _Count | None = Field(
        None,
        description="A stall: so many steps since the start or the last advice, with or without progress. "
        "Empty: not looked at.",
    )
    on_low_confidence: PolicyReaction = Field(
        "off",
        description="After a turn in which the agent said that it is unsure (a line such as `Confidence: 0.4`): "
        "route, nudge or off.",
    )
    min_confidence: Annotated[float, Field(ge=0, le=1)] = Field(
        0.5, description="A confidence below this, from 0 to 1, is low."
    )
    on_irreversible: PolicyReaction = Field(
        "off",
        description="Before a call that cannot be undone, which is held back meanwhile: route, nudge or off. A first "
        "call is held back only where asking before the first try is allowed.",
    )
    irreversible_tools: tuple[str, ...] = Field(
        ("*delete*", "*remove*", "*purge*", "*cancel*"),
        min_length=1,
        description="Names of the tools whose calls cannot be undone; * stands for any characters.",
    )
    on_finish: PolicyReaction = Field(
        "off", description="Before the agent's final answer counts, to have its work checked: route, nudge or off."
    )
    allow_before_first_try: bool = Field(
        False, description="Whether the expert may be asked before the agent has made its first call."
    )
    max_consultations: int = Field(3, ge=0, description="Most consultations in one episode.")
    max_expert_tokens: _Count | None = Field(
        None, description="No consultation begins once the expert has used so many tokens. Empty: no limit."
    )
    max_expert_cost_usd: Annotated[float, _NOT_NEGATIVE] | None = Field(
        None,
        description="No consultation begins once the expert has cost so many US dollars; needs the prices of its "
        "model. Empty: no limit.",
    )
    max_expert_seconds: Annotated[float, _NOT_NEGATIVE] | None = Field(
        None, description="Longest time that all consultations together may take. Empty: no limit."
    )
    cooldown_steps: int = Field(0, ge=0, description="Least number of steps from one consultation to the next.")


class Policy(PolicyFields, Value):
    """When help is brought up, what follows, and what it may use."""

    @classmethod
    def of(cls, form: PolicyFields) -> Policy:
        """Take the policy out of a form that has its fields among others."""
        return cls.model_validate({name: getattr(form, name) for name in PolicyFields.model_fields})


def check_prices(policy: Policy, choice: ModelChoice | None) -> None:
    """Refuse a limit on costs that nobody could keep; ``choice`` is the expert's model, None where it is not known.

    Raises:
        UsageError: ``max_expert_cost_usd`` is set, and the model's prices are not.
    """
    if policy.max_expert_cost_usd is None or (choice is not None and is_priced(choice)):
        return
    model = choice.model if choice else "the expert"
    raise UsageError(
        f"max_expert_cost_usd: expected the prices of {model}, found none: set AWM_EXPERT_INPUT_PRICE and "
        "AWM_EXPERT_OUTPUT_PRICE (US dollars per million tokens), or input_price and output_price beside the model"
    )
