"""What model calls cost, from prices that the user gave; nothing is looked up or guessed."""

from __future__ import annotations

from awm_langgraph.episode import Usage
from awm_langgraph.models.choice import ModelChoice

_TOKENS_PER_PRICE = 1_000_000


def is_priced(choice: ModelChoice) -> bool:
    """Tell whether the cost of this model's calls can be known; what a script plays costs nothing."""
    return choice.model.startswith("scripted:") or None not in (choice.input_price, choice.output_price)


def priced(usage: Usage, choice: ModelChoice) -> Usage:
    """Put a cost in US dollars on the usage of one model, unless it has one.

    The cost stays None where a price is not known, or where the service reported no tokens for the calls it answered.
    """
    return usage if usage.cost_usd is not None else usage.model_copy(update={"cost_usd": _cost_usd(usage, choice)})


def _cost_usd(usage: Usage, choice: ModelChoice) -> float | None:
    if choice.model.startswith("scripted:"):
        return 0.0
    if choice.input_price is None or choice.output_price is None or usage.tokens == 0:
        return None
    spent = usage.input_tokens * choice.input_price + usage.output_tokens * choice.output_price
    return spent / _TOKENS_PER_PRICE
