"""Which model plays a role, and where it is reached; never its key."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import Field

from awm_langgraph.episode import Value
from awm_langgraph.settings import BaseUrl, Parameters, Price, Role, current_settings

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel


class ModelChoice(Value):
    """A model in ``provider:name`` form (``scripted:NAME`` too), how it is reached and what it costs, fit to record.

    Prices are in US dollars per million tokens.
    """

    model: str
    base_url: BaseUrl | None = None
    parameters: Parameters = Field(default_factory=dict)
    input_price: Price | None = None
    output_price: Price | None = None


def configured_choice(role: Role) -> ModelChoice:
    """Return what the settings choose for a role."""
    settings = current_settings().role(role)
    return ModelChoice(
        model=settings.model,
        base_url=settings.base_url,
        parameters=settings.parameters,
        input_price=settings.input_price,
        output_price=settings.output_price,
    )


def name_of(model: BaseChatModel) -> str:
    """Name a model that came as an object, as records and results show it."""
    name = getattr(model, "model_name", None) or getattr(model, "model", None) or type(model).__name__
    return str(name)
