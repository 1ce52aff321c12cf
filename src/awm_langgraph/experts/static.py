"""The static expert: one piece of advice before the task, from what earlier attempts at it left behind."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator
from functools import partial
from typing import TYPE_CHECKING

from awm_langgraph.episode import Tier
from awm_langgraph.experts.answering import ask_for_advice
from awm_langgraph.experts.consultation import Consultation, ExpertReply, is_within
from awm_langgraph.experts.past import Attempt, Past
from awm_langgraph.experts.questions import advice_question
from awm_langgraph.experts.transcript import render_transcript
from awm_langgraph.models.writing import one_line_json, shorten

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

_MOST_ATTEMPTS = 3
_ATTEMPT_LIMIT_CHARACTERS = 12_000
_RESULT_LIMIT_CHARACTERS = 600
_LOG_LIMIT_CHARACTERS = 30_000
_ROLE = "expert_static"


class StaticExpert:
    """Asks a model what to do, once, before the agent begins.

    After the first version in OpenEnv pull request #428, which read the log of a baseline run.
    """

    name = "static"

    def __init__(
        self, past: Iterable[Past], model: BaseChatModel, model_name: str, *, timeout_seconds: float = 120.0
    ) -> None:
        self._past = Past.of(past)
        self._model = model
        self._model_name = model_name
        self._timeout_seconds = timeout_seconds

    async def advise(self, consultation: Consultation) -> ExpertReply:
        """Answer from at most three attempts at the task, those that completed it first.

        Raises:
            UsageError: nothing of this task is known that the consultation's tier allows.
        """
        past = _best(self._past.about(consultation.instruction, consultation.tier))
        text = past_text(past, consultation.instruction, consultation.tier)
        question = partial(advice_question, consultation, role=_ROLE, past=text)
        reply = await ask_for_advice(self._model, self._model_name, question, timeout_seconds=self._timeout_seconds)
        unprivileged = past_text(past.within("schema"), consultation.instruction, "schema")
        return reply.model_copy(update={"sources": unprivileged})


def past_text(past: Past, instruction: str, tier: Tier) -> str:
    """Write attempts, and a part of a log, indented so that no line of them passes for one of the transcript.

    What the verifier said beside its verdict is told from the tier ``criteria`` on.
    """
    texts = ["\n".join(_attempt_lines(attempt, tier)) for attempt in past.attempts]
    parts = [f"Attempt {number}:\n{text}" for number, text in enumerate(texts, start=1)]
    if past.log:
        parts.append(f"Log:\n{_about(instruction, past.log)}")
    return "\n\n".join(parts)


def _best(past: Past) -> Past:
    best = sorted(past.attempts, key=lambda attempt: (attempt.outcome != "complete", len(attempt.calls)))
    return past.model_copy(update={"attempts": tuple(best[:_MOST_ATTEMPTS])})


def _attempt_lines(attempt: Attempt, tier: Tier) -> Iterator[str]:
    transcript = render_transcript(attempt.calls, result_limit_characters=_RESULT_LIMIT_CHARACTERS)
    yield textwrap.indent(shorten(transcript, _ATTEMPT_LIMIT_CHARACTERS), "    ")
    if attempt.final_answer:
        yield textwrap.indent(f"final answer: {attempt.final_answer}", "    ")
    yield f"    ended as: {attempt.outcome}"
    if attempt.evidence and is_within("criteria", tier):
        yield f"    what was found in the end: {one_line_json(attempt.evidence)}"


def _about(instruction: str, log: str) -> str:
    """Cut a log down, beginning where it comes to speak of the task, if it does."""
    start = max(log.find(instruction.strip()), 0)
    return textwrap.indent(shorten(log[start:], _LOG_LIMIT_CHARACTERS), "    ")
