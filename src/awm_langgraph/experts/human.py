"""The human expert: LangGraph stops and waits for a person, for as long as it takes."""

from __future__ import annotations

from typing import Any

from langgraph.types import interrupt

from awm_langgraph.experts.catalogue import render_tools
from awm_langgraph.experts.consultation import Consultation, ExpertReply
from awm_langgraph.experts.form import AdviceForm
from awm_langgraph.models.writing import one_line_json


class HumanExpert:
    """Asks through ``interrupt``; answered in Studio, through the SDK or at the terminal with an ``AdviceForm``.

    It must be asked from a node of a graph with a checkpointer. The node runs again from its top when the answer comes,
    so whatever it does before must bear repeating. How long the person took is not in the reply.
    """

    name = "human"

    async def advise(self, consultation: Consultation) -> ExpertReply:
        """Return the person's advice.

        Raises:
            GraphInterrupt: there is no answer yet.
            ValidationError: the answer does not fit the form; nothing is saved, and the question can be answered again.
        """
        form = interrupt(question_to_person(consultation), response_schema=AdviceForm)
        return ExpertReply(advice=form.advice())


def question_to_person(consultation: Consultation) -> dict[str, Any]:
    """Put all that a person may know in JSON types; what the tier does not allow, or nobody said, is left out."""
    rejected = consultation.rejected
    told: dict[str, Any] = {
        "kind": "consultation",
        "number": consultation.number,
        "remaining": consultation.remaining,
        "tier": consultation.tier,
        "trigger": consultation.trigger,
        "reason": consultation.reason,
        "question": consultation.question,
        "complaints": list(consultation.complaints),
        "rejected": one_line_json(rejected.model_dump(mode="json")) if rejected else "",
        "instruction": consultation.instruction,
        "step": consultation.step,
        "transcript": consultation.transcript,
        "tools": render_tools(consultation.tools),
        "criteria": list(consultation.criteria),
        "verifier_code": _Unquoted(consultation.verifier_code),
    }
    return {name: value for name, value in told.items() if value not in ("", [])}


class _Unquoted(str):
    """Text that does not show where it is quoted: LangGraph traces an interrupt as an error, in its ``repr``."""

    __slots__ = ()

    def __repr__(self) -> str:
        return f"({len(self)} characters)"
