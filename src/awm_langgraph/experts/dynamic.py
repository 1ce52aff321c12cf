"""The dynamic expert: a stronger model that knows the criteria and the tools and reads what the agent tried."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

from awm_langgraph import prompts
from awm_langgraph.episode import Advice
from awm_langgraph.experts.catalogue import render_tools
from awm_langgraph.experts.checking import complaints_about
from awm_langgraph.experts.consultation import Consultation, ExpertReply, ToolSchema
from awm_langgraph.experts.reading import read_advice
from awm_langgraph.models.interview import Interview, answer_or_error
from awm_langgraph.models.reading import UnreadableAnswerError
from awm_langgraph.models.writing import shorten

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

_NOTES_LIMIT_CHARACTERS = 4000


class DynamicExpert:
    """Asks a model for a plan as one JSON object, which every server can give, and checks it against the schemas.

    After OpenEnv pull request #428: verifier-informed, schema-aware, context-aware, consulted on demand.
    """

    name = "dynamic"

    def __init__(self, model: BaseChatModel, model_name: str, *, timeout_seconds: float = 120.0) -> None:
        self._model = model
        self._model_name = model_name
        self._timeout_seconds = timeout_seconds

    async def advise(self, consultation: Consultation) -> ExpertReply:
        """Answer with a plan; at most three questions to the model, each bounded by ``timeout_seconds``.

        Text that cannot be read is sent back once and then becomes the advice's notes. A plan that does not fit the
        tools is sent back once, with the complaints; those that remain are in the reply.
        """
        started = time.perf_counter()
        interview = Interview(self._model, timeout_seconds=self._timeout_seconds)
        answer, error = await answer_or_error(_advice(interview, consultation))
        advice, complaints = answer or (Advice(), ())
        return ExpertReply(
            advice=advice,
            complaints=complaints,
            usage=interview.usage,
            latency_seconds=time.perf_counter() - started,
            model=self._model_name,
            error=error,
        )


async def _advice(interview: Interview, consultation: Consultation) -> tuple[Advice, tuple[str, ...]]:
    try:
        question = await asyncio.to_thread(_question, consultation)
        advice = await interview.ask_readable(question, read_advice)
    except UnreadableAnswerError:
        if not interview.last_text:
            raise
        return Advice(notes=shorten(interview.last_text, _NOTES_LIMIT_CHARACTERS)), ()
    complaints = complaints_about(advice.plan, consultation.tools)
    return await _mended(interview, advice, complaints, consultation.tools) if complaints else (advice, ())


async def _mended(
    interview: Interview, advice: Advice, complaints: tuple[str, ...], tools: tuple[ToolSchema, ...]
) -> tuple[Advice, tuple[str, ...]]:
    """Send a plan back once; what the model cannot mend is better kept, with its complaints, than lost."""
    text, _ = await answer_or_error(interview.ask_again("\n".join(f"- {complaint}" for complaint in complaints)))
    try:
        second = read_advice(text or "")
    except UnreadableAnswerError:
        return advice, complaints
    remaining = complaints_about(second.plan, tools)
    return (second, remaining) if len(remaining) <= len(complaints) else (advice, complaints)


def _question(consultation: Consultation) -> str:
    return prompts.load("expert_advice").render(
        instruction=consultation.instruction,
        tools=render_tools(consultation.tools),
        criteria="\n".join(f"- {criterion}" for criterion in consultation.criteria) or "(not known)",
        transcript=consultation.transcript,
        reason=consultation.reason,
        question=consultation.question or "(none)",
        step=consultation.step,
        remaining=consultation.remaining,
    )
