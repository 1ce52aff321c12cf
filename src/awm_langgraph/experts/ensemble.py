"""The ensemble: specialists for tool formatting, planning and error recovery, and a router that picks one."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import TYPE_CHECKING

from awm_langgraph.episode import Usage
from awm_langgraph.experts.consultation import Consultation, Expert, ExpertReply
from awm_langgraph.experts.dynamic import DynamicExpert
from awm_langgraph.experts.specialists import (
    SPECIALISTS,
    Specialist,
    read_specialist,
    router_question,
    specialist_by_rule,
)
from awm_langgraph.models.interview import Interview, answer_or_error

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel


class EnsembleExpert:
    """Hands each consultation to one specialist; each has its own prompt, and a model of its own if it is given one."""

    name = "ensemble"

    def __init__(
        self,
        model: BaseChatModel,
        model_name: str,
        *,
        specialists: Mapping[Specialist, tuple[BaseChatModel, str]] | None = None,
        router: BaseChatModel | None = None,
        timeout_seconds: float = 120.0,
    ) -> None:
        """Choose the models.

        Args:
            model: whom the specialists ask.
            model_name: that model's name, as records show it.
            specialists: other models and their names, by specialist.
            router: the model that picks a specialist; without one a rule over trigger and transcript does.
            timeout_seconds: longest time one question to a model may take.
        """
        chosen = dict.fromkeys(SPECIALISTS, (model, model_name)) | dict(specialists or {})
        self._specialists: dict[Specialist, Expert] = {
            name: DynamicExpert(*chosen[name], role=f"expert_{name}", timeout_seconds=timeout_seconds)
            for name in SPECIALISTS
        }
        self._router = router
        self._timeout_seconds = timeout_seconds

    async def advise(self, consultation: Consultation) -> ExpertReply:
        """Let the specialist answer whom the router picks; where the router fails, the rule picks."""
        specialist, usage = await self._pick(consultation)
        reply = await self._specialists[specialist].advise(consultation)
        return reply.model_copy(update={"specialist": specialist, "usage": usage + reply.usage})

    async def _pick(self, consultation: Consultation) -> tuple[Specialist, Usage]:
        if consultation.rejected:
            # A plan that does not fit the tools is a matter of format, whoever made it.
            return "formatting", Usage()
        if self._router is None:
            return specialist_by_rule(consultation), Usage()
        interview = Interview(self._router, timeout_seconds=self._timeout_seconds)
        question = await asyncio.to_thread(router_question, consultation)
        picked, _ = await answer_or_error(interview.ask_readable(question, read_specialist))
        return picked or specialist_by_rule(consultation), interview.usage
