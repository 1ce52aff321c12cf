"""The judge: a model that reads what a verifier found and what the agent did, and says how the episode went."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from awm_langgraph import prompts
from awm_langgraph.episode import Judgement, Value
from awm_langgraph.models.interview import Interview, answer_or_error
from awm_langgraph.models.writing import one_line_json, shorten
from awm_langgraph.verifier.judgement import read_ruling

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

FINDING_LIMIT_CHARACTERS = 8_000
EVIDENCE_LIMIT_CHARACTERS = 24_000
TRANSCRIPT_LIMIT_CHARACTERS = 48_000
TEXT_LIMIT_CHARACTERS = 8_000
"""Of the guidance and of the final answer, each."""

_INDENT = "    "


class Case(Value):
    """What a judge learns of an episode beside the evidence.

    ``transcript`` lists the agent's calls, no line of what came back beginning at the margin. ``final_answer`` is empty
    where the agent gave none. ``is_untouched``: the database is, byte for byte, what it was at the start.
    """

    instruction: str
    transcript: str
    final_answer: str = ""
    is_untouched: bool = False

    @property
    def shows_nothing(self) -> bool:
        """Tell whether the agent left exactly what one that does nothing leaves."""
        return self.is_untouched and not self.final_answer


class Judge:
    """Asks a model for a ruling as one JSON object, which every server can give."""

    def __init__(self, model: BaseChatModel, model_name: str, *, timeout_seconds: float = 120.0) -> None:
        self.model_name = model_name
        self._model = model
        self._timeout_seconds = timeout_seconds

    async def judge(
        self, case: Case, guidance: str, evidence: Mapping[str, Any], untouched: Mapping[str, Any] | None
    ) -> Judgement:
        """Judge an episode with at most two questions to the model, each bounded by ``timeout_seconds``.

        An answer that cannot be read is sent back once with the complaint. A model that fails is a judgement without a
        classification, never an exception.

        Args:
            case: The episode.
            guidance: What the task's author says about success and failure; may be empty.
            evidence: What the sql-mode verifier found.
            untouched: What it finds in two untouched databases, its control; None where that gave nothing.
        """
        started = time.perf_counter()
        interview = Interview(self._model, timeout_seconds=self._timeout_seconds)
        question = await asyncio.to_thread(_question, case, guidance, evidence, untouched or {})
        ruling, error = await answer_or_error(interview.ask_readable(question, read_ruling))
        return Judgement(
            model=self.model_name,
            classification=ruling.classification if ruling else None,
            confidence=ruling.confidence if ruling else None,
            reasoning=ruling.reasoning if ruling else "",
            evidence=dict(evidence),
            evidence_differs=None if untouched is None else evidence != untouched,
            usage=interview.usage,
            latency_seconds=time.perf_counter() - started,
            error=error,
        )


def _question(case: Case, guidance: str, evidence: Mapping[str, Any], untouched: Mapping[str, Any]) -> str:
    findings = shorten("\n".join(_findings(evidence, untouched)), EVIDENCE_LIMIT_CHARACTERS)
    return prompts.load("judge").render(
        instruction=case.instruction,
        guidance=_indented(guidance) or "(none)",
        evidence=findings or "(nothing)",
        database="nothing in it was changed" if case.is_untouched else "something in it was changed",
        transcript=shorten(case.transcript, TRANSCRIPT_LIMIT_CHARACTERS),
        final_answer=_indented(case.final_answer) or "(none: the agent was stopped before it gave one)",
    )


def _findings(evidence: Mapping[str, Any], untouched: Mapping[str, Any]) -> Iterator[str]:
    """Write a line per finding, each within a limit of its own, so that a long one hides no other."""
    for name, value in evidence.items():
        is_same = name in untouched and untouched[name] == value
        note = " (same if nothing is done)" if is_same else ""
        yield f"{one_line_json(name)}{note}: {shorten(one_line_json(value), FINDING_LIMIT_CHARACTERS)}"


def _indented(text: str) -> str:
    """Set a text that somebody else wrote off the margin, so that it cannot pass for a mark of the prompt's."""
    return "\n".join(f"{_INDENT}{line}" for line in shorten(text, TEXT_LIMIT_CHARACTERS).splitlines())
