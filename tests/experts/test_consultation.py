"""The record of a consultation."""

import pytest
from pydantic import ValidationError

from awm_langgraph.episode import Advice, ConsultationRecord, Usage
from awm_langgraph.experts.consultation import Consultation, ExpertReply, record_of


def test_the_record_keeps_who_asked_why_when_and_what_it_cost(consultation: Consultation) -> None:
    reply = ExpertReply(
        advice=Advice(notes="look"),
        complaints=("plan step 1: there is no tool 'pay'",),
        usage=Usage(model_calls=2, input_tokens=200, output_tokens=20),
        latency_seconds=1.5,
        model="openai:big",
    )

    assert record_of(consultation, reply, expert="dynamic", after_calls=1) == ConsultationRecord(
        number=1,
        trigger="error",
        reason="the last step met an error: create_triger: tool_not_found",
        step=2,
        after_calls=1,
        expert="dynamic",
        model="openai:big",
        tier="criteria",
        advice=Advice(notes="look"),
        complaints=("plan step 1: there is no tool 'pay'",),
        usage=Usage(model_calls=2, input_tokens=200, output_tokens=20),
        latency_seconds=1.5,
    )


def test_an_expert_without_criteria_is_of_the_schema_tier(consultation: Consultation) -> None:
    without = consultation.model_copy(update={"criteria": ()})

    assert record_of(without, ExpertReply(advice=Advice(), error="no"), expert="x", after_calls=0).tier == "schema"


def test_a_consultation_has_no_place_for_the_verifiers_code(consultation: Consultation) -> None:
    with pytest.raises(ValidationError, match="extra_forbidden"):
        Consultation.model_validate(dict(consultation) | {"verifier_code": "def verify(): ..."})
