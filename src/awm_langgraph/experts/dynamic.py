"""The dynamic expert: a stronger model that reads what the agent tried, and what else its tier lets it know."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from awm_langgraph.experts.answering import ask_for_advice
from awm_langgraph.experts.consultation import Consultation, ExpertReply
from awm_langgraph.experts.questions import advice_question

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel


class DynamicExpert:
    """Asks a model for a plan as one JSON object, which every server can give.

    After OpenEnv pull request #428: verifier-informed, schema-aware, context-aware, consulted on demand.
    """

    name = "dynamic"

    def __init__(
        self, model: BaseChatModel, model_name: str, *, role: str = "expert_general", timeout_seconds: float = 120.0
    ) -> None:
        """Choose the model and who it is to be.

        Args:
            model: whom to ask.
            model_name: the model's name, as records show it.
            role: name of the prompt that says who the expert is.
            timeout_seconds: longest time one question may take.
        """
        self._model = model
        self._model_name = model_name
        self._role = role
        self._timeout_seconds = timeout_seconds

    async def advise(self, consultation: Consultation) -> ExpertReply:
        """Answer with a plan; at most two questions to the model, each bounded by ``timeout_seconds``."""
        question = partial(advice_question, consultation, role=self._role)
        return await ask_for_advice(self._model, self._model_name, question, timeout_seconds=self._timeout_seconds)
