"""Who of an ensemble should answer: a rule over what happened, or a model that chooses."""

from __future__ import annotations

from typing import Literal, cast, get_args

from awm_langgraph.episode import FORMAT_ERRORS
from awm_langgraph.experts.consultation import Consultation
from awm_langgraph.experts.transcript import read_transcript
from awm_langgraph.models.reading import UnreadableAnswerError, find_object
from awm_langgraph.prompts import load

Specialist = Literal["formatting", "planning", "recovery"]
SPECIALISTS: tuple[Specialist, ...] = get_args(Specialist)


def specialist_by_rule(consultation: Consultation) -> Specialist:
    """Choose by the latest call's end, then by the trigger.

    A refused format needs formatting, any other error and a stall recovery; whoever has not gone wrong needs a plan.
    """
    calls = read_transcript(consultation.transcript)
    last = calls[-1].kind if calls else "ok"
    if last in FORMAT_ERRORS:
        return "formatting"
    if last != "ok" or consultation.trigger in ("error", "stall"):
        return "recovery"
    return "planning"


def router_question(consultation: Consultation) -> str:
    """Fill ``prompts/expert_router.md`` in."""
    return load("expert_router").render(
        instruction=consultation.instruction,
        transcript=consultation.transcript,
        reason=consultation.reason,
        question=consultation.question or "(none)",
    )


def read_specialist(text: str) -> Specialist:
    """Read a router's choice.

    Raises:
        UnreadableAnswerError: it names none of the specialists.
    """
    found = find_object(text, ("specialist",))["specialist"]
    if found not in SPECIALISTS:
        raise UnreadableAnswerError(f'"specialist" must be one of {", ".join(SPECIALISTS)}, found {found!r}')
    return cast(Specialist, found)
