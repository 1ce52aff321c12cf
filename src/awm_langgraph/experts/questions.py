"""The question to an expert's model: who it is, what it may know, what the agent did."""

from __future__ import annotations

from collections.abc import Mapping

from awm_langgraph.experts.catalogue import render_tools
from awm_langgraph.experts.consultation import Consultation
from awm_langgraph.experts.paragraphs import render_paragraphs
from awm_langgraph.models.writing import one_line_json
from awm_langgraph.prompts import load

_OF_A_MODEL = ("expert_advice", "expert_criteria", "repair")
_SHOWN = ("advice", "expert_unavailable")
PROMPTS: Mapping[str, tuple[str, ...]] = {
    "none": (),
    "dynamic": (*_SHOWN, *_OF_A_MODEL, "expert_general"),
    "static": (*_SHOWN, *_OF_A_MODEL, "expert_static"),
    "ensemble": (*_SHOWN, *_OF_A_MODEL, "expert_formatting", "expert_planning", "expert_recovery", "expert_router"),
    "human": (*_SHOWN, "expert_criteria", "repair"),
    "memory": _SHOWN,
    "runnable": (*_SHOWN, *_OF_A_MODEL, "expert_general"),
    "function": (*_SHOWN, "expert_criteria", "repair"),
}
"""The prompts that an episode with each kind of expert may read, for its provenance."""


def advice_question(consultation: Consultation, *, role: str, past: str = "") -> str:
    """Fill ``prompts/expert_advice.md`` in; what the consultation's tier does not allow is not there to be filled in.

    Args:
        consultation: what the expert may know.
        role: name of the prompt that says who the expert is.
        past: earlier attempts at the task, for an expert that knows some.

    Raises:
        UsageError: there is no such prompt.
    """
    rejected = consultation.rejected
    return render_paragraphs(
        "expert_advice",
        role=load(role).render(),
        instruction=consultation.instruction,
        tools=render_tools(consultation.tools),
        criteria=_items(consultation.criteria),
        verifier_code=consultation.verifier_code,
        past=past,
        transcript=consultation.transcript,
        reason=consultation.reason,
        question=consultation.question or "(none)",
        step=consultation.step,
        remaining=consultation.remaining,
        rejected=one_line_json(rejected.model_dump(mode="json")) if rejected else "",
        complaints=_items(consultation.complaints),
    )


def _items(texts: tuple[str, ...]) -> str:
    return "\n".join(f"- {text}" for text in texts)
