"""The human expert: LangGraph stops and waits for a person, for as long as it takes."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from langgraph.types import interrupt
from pydantic import TypeAdapter, ValidationError

from awm_langgraph.experts.catalogue import render_tools
from awm_langgraph.experts.consultation import Consultation, ExpertReply
from awm_langgraph.experts.form import AdviceForm
from awm_langgraph.models.writing import one_line_json, shorten

_COMPLAINT_LIMIT_CHARACTERS = 400
_REJECTED_LIMIT_CHARACTERS = 4000


class HumanExpert:
    """Asks through ``interrupt``; answered in Studio, through the SDK or at the terminal with an ``AdviceForm``.

    An answer that does not fit the form is answered with the same question and a complaint: the episode goes on waiting
    instead of failing. It must be asked from a node of a graph with a checkpointer. The node runs again from its top
    when an answer comes, so whatever it does before must bear repeating. How long the person took is not in the reply.
    """

    name = "human"

    async def advise(self, consultation: Consultation) -> ExpertReply:
        """Return the person's advice.

        Raises:
            GraphInterrupt: there is no answer yet, or none that fits.
        """
        question = question_to_person(consultation)
        while True:
            # The schema as data, for the form alone: given the class, LangGraph would end the run over a bad answer.
            # Its answers come back one by one, in the order in which they were given, whenever the node runs again.
            answer = _as_kept(interrupt(question, response_schema=_form_schema()))
            try:
                return ExpertReply(advice=AdviceForm.model_validate(answer).advice())
            except ValidationError as error:
                question = question_to_person(consultation) | {
                    "complaints": [_complaint(error)],
                    "rejected": shorten(one_line_json(_in_json_types(answer)), _REJECTED_LIMIT_CHARACTERS),
                }


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


def _as_kept(answer: Any) -> Any:
    """Read an answer as its checkpoint will give it back, so that it is judged the same whenever the node runs again.

    Half a character, which JSON can write, is kept as a question mark.
    """
    match answer:
        case str():
            return answer.encode(errors="replace").decode()
        case list():
            return [_as_kept(each) for each in answer]
        case dict():
            return {_as_kept(name): _as_kept(each) for name, each in answer.items()}
        case _:
            return answer


def _in_json_types(answer: Any) -> Any:
    """Put whatever a program answered with in a form that can be shown."""
    return TypeAdapter(Any).dump_python(answer, mode="json", fallback=repr)


@lru_cache(maxsize=1)
def _form_schema() -> dict[str, Any]:
    return AdviceForm.model_json_schema()


def _complaint(error: ValidationError) -> str:
    """Say in one line what of an answer does not fit the form."""
    first = error.errors()[0]
    place = ".".join(map(str, first["loc"]))
    words = first["msg"].removeprefix("Value error, ")
    complaint = f"{place}: {words}" if place else words
    return " ".join(shorten(f"the answer does not fit the form: {complaint}", _COMPLAINT_LIMIT_CHARACTERS).split())


class _Unquoted(str):
    """Text that does not show where it is quoted: LangGraph traces an interrupt as an error, in its ``repr``."""

    __slots__ = ()

    def __repr__(self) -> str:
        return f"({len(self)} characters)"
