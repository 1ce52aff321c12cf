"""What an expert is asked, what it answers, and the record of both."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol, Self, get_args

from pydantic import model_validator

from awm_langgraph.episode import Advice, ConsultationRecord, Tier, Trigger, Usage, Value

_TIERS: tuple[Tier, ...] = get_args(Tier)


def is_within(needed: Tier, tier: Tier) -> bool:
    """Tell whether an expert of a tier may know what ``needed`` stands for."""
    return _TIERS.index(needed) <= _TIERS.index(tier)


class ToolSchema(Value):
    """A tool as a model sees it; ``input_schema`` is a JSON schema of type object."""

    name: str
    description: str = ""
    input_schema: dict[str, Any]


class Consultation(Value):
    """All that an expert gets to see; what is not in here it cannot know, and what its tier forbids cannot be in here.

    ``question`` is the agent's own words, empty when the system asks. ``transcript`` is ``render_transcript``'s text.
    ``tools`` belong to the tier ``schema``, ``criteria`` (in words) to ``criteria``, ``verifier_code`` to ``verifier``.
    ``rejected`` is advice of the expert's own that was sent back, and ``complaints`` say what is wrong with it.
    ``remaining`` counts the consultations that the episode has left after this one.
    """

    number: int
    trigger: Trigger
    reason: str
    question: str = ""
    step: int
    instruction: str
    tier: Tier
    tools: tuple[ToolSchema, ...] = ()
    transcript: str
    criteria: tuple[str, ...] = ()
    verifier_code: str = ""
    rejected: Advice | None = None
    complaints: tuple[str, ...] = ()
    remaining: int

    @model_validator(mode="after")
    def _keeps_to_its_tier(self) -> Self:
        knowledge: dict[Tier, tuple[str, object]] = {
            "schema": ("tools", self.tools),
            "criteria": ("criteria", self.criteria),
            "verifier": ("verifier_code", self.verifier_code),
        }
        for needed, (field, given) in knowledge.items():
            if given and not is_within(needed, self.tier):
                raise ValueError(f"expected no {field} in the tier {self.tier!r}, found some: leave them out")
        return self

    def model_copy(self, *, update: Mapping[str, Any] | None = None, deep: bool = False) -> Self:
        """Copy with changes, which are checked as they are in a new consultation."""
        return type(self).model_validate({**dict(self), **(update or {})})


class ExpertReply(Value):
    """What came of a consultation. ``error`` is set when the expert could not answer; the advice is empty then.

    ``complaints`` say which plan steps do not fit the tools' schemas, ``leaks`` which literals only the verifier could
    have supplied. ``specialist`` names who of an ensemble answered. ``latency_seconds`` is wall time. ``sources`` is
    what the expert drew on beside the consultation, for the leak check; no record keeps it.
    """

    advice: Advice
    complaints: tuple[str, ...] = ()
    leaks: tuple[str, ...] = ()
    specialist: str = ""
    usage: Usage = Usage()
    latency_seconds: float = 0.0
    model: str = ""
    sources: str = ""
    error: str = ""


class Expert(Protocol):
    """Whoever answers consultations: a model, a past run, a person, a script. Ask one through ``consult``."""

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
        leaks=reply.leaks,
        specialist=reply.specialist,
        usage=reply.usage,
        latency_seconds=reply.latency_seconds,
        error=reply.error,
    )
