"""The memory expert: what the agent did itself when it completed the task most like this one."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence

from awm_langgraph.episode import Advice, PlanStep, ToolOutcome
from awm_langgraph.experts.consultation import Consultation, ExpertReply, is_within
from awm_langgraph.experts.past import Attempt, Past
from awm_langgraph.experts.similarity import similarities
from awm_langgraph.experts.transcript import read_transcript, render_transcript

MIN_SIMILARITY = 0.4


class MemoryExpert:
    """Retrieves a completed attempt; no model is asked. Below ``min_similarity`` it knows nothing and says so.

    Attempts that somebody helped with knowledge beyond the consultation's tier are not remembered.
    """

    name = "memory"

    def __init__(self, past: Iterable[Past], *, min_similarity: float = MIN_SIMILARITY) -> None:
        every = Past.of(past)
        completed = tuple(attempt for attempt in every.attempts if attempt.outcome == "complete" and attempt.calls)
        self._past = every.model_copy(update={"attempts": completed})
        self._min_similarity = min_similarity

    async def advise(self, consultation: Consultation) -> ExpertReply:
        """Answer with the calls that worked then, in order, without those that have worked in this episode already."""
        if consultation.rejected:
            return ExpertReply(advice=Advice(), error="what was done cannot be done otherwise afterwards")
        known = self._past.within(consultation.tier).attempts
        found = await asyncio.to_thread(recall, consultation, known)
        if found is None or found[1] < self._min_similarity:
            best = f"the most similar task is at {found[1]:.2f}" if found else "no completed task is remembered"
            return ExpertReply(advice=Advice(), error=f"{best}, {self._min_similarity:.2f} is asked for")
        attempt, similarity = found
        sources = render_transcript(attempt.calls) if is_within(attempt.tier, "schema") else ""
        return ExpertReply(advice=_advice(consultation, attempt, similarity), sources=sources)


def recall(consultation: Consultation, attempts: Sequence[Attempt]) -> tuple[Attempt, float] | None:
    """Find the most similar attempt; among equals the one with the fewest calls.

    Similarity is that of the instructions' words (TF-IDF cosine), times the share of the attempt's tools that are there
    now, as far as the consultation tells which are.
    """
    names = {tool.name for tool in consultation.tools}
    words = similarities(consultation.instruction, [attempt.task.instruction for attempt in attempts])
    scored = [
        (attempt, round(likeness * _share_of_tools(attempt, names), 6))
        for attempt, likeness in zip(attempts, words, strict=True)
    ]
    best = sorted(scored, key=lambda one: (-one[1], len(one[0].calls), one[0].episode_id))
    return best[0] if best else None


def _share_of_tools(attempt: Attempt, names: set[str]) -> float:
    used = {call.name for call in _worked(attempt)}
    return len(used & names) / len(used) if used and names else 1.0


def _worked(attempt: Attempt) -> list[ToolOutcome]:
    return [call for call in attempt.calls if not call.is_error and not call.is_lookup]


def _advice(consultation: Consultation, attempt: Attempt, similarity: float) -> Advice:
    is_same_task = attempt.task.instruction.split() == consultation.instruction.split()
    notes = [f"From your own work on the task {attempt.task.key} ({similarity:.0%} alike), which was completed."]
    if not is_same_task:
        notes.append(f"That task was: {' '.join(attempt.task.instruction.split())}")
        notes.append("The arguments are those of that task: put this task's values in their places.")
    return Advice(
        plan=tuple(_left(consultation.transcript, _worked(attempt))),
        final_answer=attempt.final_answer if is_same_task else "",
        notes="\n".join(notes),
    )


def _left(transcript: str, calls: Iterable[ToolOutcome]) -> Iterable[PlanStep]:
    made = [(call.name, call.arguments) for call in read_transcript(transcript) if call.kind == "ok"]
    for call in calls:
        if (call.name, call.arguments) in made:
            made.remove((call.name, call.arguments))
        else:
            yield PlanStep(tool=call.name, arguments=call.arguments)
