"""Advice from a model: ask, read, count the cost; whatever goes wrong is a reply."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from awm_langgraph.episode import Advice
from awm_langgraph.experts.consultation import ExpertReply
from awm_langgraph.experts.reading import read_advice
from awm_langgraph.models.interview import Interview, answer_or_error
from awm_langgraph.models.reading import UnreadableAnswerError
from awm_langgraph.models.writing import shorten

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

NOTES_LIMIT_CHARACTERS = 4000


async def ask_for_advice(
    model: BaseChatModel, model_name: str, question: Callable[[], str], *, timeout_seconds: float
) -> ExpertReply:
    """Ask a model for advice; at most two questions, each bounded by ``timeout_seconds``.

    An answer that cannot be read is sent back once and then becomes the advice's notes. ``question`` is called in a
    thread: it reads prompts.
    """
    started = time.perf_counter()
    interview = Interview(model, timeout_seconds=timeout_seconds)
    advice, error = await answer_or_error(_ask(interview, question))
    return ExpertReply(
        advice=advice or Advice(),
        usage=interview.usage,
        latency_seconds=time.perf_counter() - started,
        model=model_name,
        error=error,
    )


async def _ask(interview: Interview, question: Callable[[], str]) -> Advice:
    text = await asyncio.to_thread(question)
    try:
        return await interview.ask_readable(text, read_advice)
    except UnreadableAnswerError:
        if not interview.last_text:
            raise
        return Advice(notes=shorten(interview.last_text, NOTES_LIMIT_CHARACTERS))
