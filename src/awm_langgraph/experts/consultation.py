"""What an expert is asked, what it answers, and the record of both."""

from __future__ import annotations

from typing import Any, Protocol

from awm_langgraph.episode import Advice, ConsultationRecord, Trigger, Usage, Value


class ToolSchema(Value):
    """A tool as a model sees it; ``input_schema`` is a JSON schema of type object."""

    name: str
    description: str = ""
    input_schema: dict[str, Any]


class Consultation(Value):
    """All that an expert gets to see; what is not in here it cannot know.

    ``question`` is the agent's own words, empty when the system asks. ``transcript`` is ``render_transcript``'s text.
    ``criteria`` are success criteria in words; the verifier's code is never part of a consultation. ``remaining``
    counts the consultations that the episode has left after this one.
    """

    number: int
    trigger: Trigger
    reason: str
    question: str = ""
    step: int
    instruction: str
    tools: tuple[ToolSchema, ...]
    transcript: str
    criteria: tuple[str, ...] = ()
    remaining: int

    @property
    def tier(self) -> str:
        """Name what the expert knows beyond the transcript: ``criteria`` (and the schemas) or ``schema`` alone."""
        return "criteria" if self.criteria else "schema"


class ExpertReply(Value):
    """What came of a consultation. ``error`` is set when the expert could not answer; the advice is empty then.

    ``complaints`` say which plan steps do not fit the tools' schemas. ``latency_seconds`` is wall time.
    """

    advice: Advice
    complaints: tuple[str, ...] = ()
    usage: Usage = Usage()
    latency_seconds: float = 0.0
    model: str = ""
    error: str = ""


class Expert(Protocol):
    """Whoever answers consultations: a model, a past run, a person, a script."""

    @property
    def name(self) -> str:
        """The kind of expert, as records and results name it."""
        ...

    async def advise(self, consultation: Consultation) -> ExpertReply:
        """Answer; a failure to do so is a reply with ``error``, never an exception."""
        ...


def record_of(consultation: Consultation, reply: ExpertReply, *, expert: str, after_calls: int) -> ConsultationRecord:
    """Make the record that rewards, traces and training read; ``after_calls`` counts the calls made before it."""
    return ConsultationRecord(
        number=consultation.number,
        trigger=consultation.trigger,
        reason=consultation.reason,
        step=consultation.step,
        after_calls=after_calls,
        expert=expert,
        model=reply.model,
        tier=consultation.tier,
        advice=reply.advice,
        complaints=reply.complaints,
        usage=reply.usage,
        latency_seconds=reply.latency_seconds,
        error=reply.error,
    )
