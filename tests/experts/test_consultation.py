"""What an expert may know, and the record of a consultation."""

from functools import partial
from typing import Any

import pytest
from pydantic import ValidationError

from awm_langgraph.episode import Advice, ConsultationRecord, Tier, Usage
from awm_langgraph.experts.consultation import Consultation, ExpertReply, is_within, record_of

BARE = {"tools": (), "criteria": (), "verifier_code": ""}


def test_the_record_keeps_who_asked_why_when_and_what_it_cost(consultation: Consultation) -> None:
    reply = ExpertReply(
        advice=Advice(notes="look"),
        complaints=("plan step 1: there is no tool 'pay'",),
        leaks=("4512.5",),
        specialist="planning",
        usage=Usage(model_calls=2, input_tokens=200, output_tokens=20),
        latency_seconds=1.5,
        model="openai:big",
        sources="what was read",
    )

    assert record_of(consultation, reply, expert="ensemble", after_calls=1) == ConsultationRecord(
        number=1,
        trigger="error",
        reason="the last step met an error: create_triger: tool_not_found",
        step=2,
        after_calls=1,
        expert="ensemble",
        model="openai:big",
        tier="criteria",
        advice=Advice(notes="look"),
        complaints=("plan step 1: there is no tool 'pay'",),
        leaks=("4512.5",),
        specialist="planning",
        usage=Usage(model_calls=2, input_tokens=200, output_tokens=20),
        latency_seconds=1.5,
    )


@pytest.mark.parametrize(
    ("tier", "given", "refused"),
    [
        ("transcript", {}, ""),
        ("transcript", {"tools": True}, "no tools in the tier 'transcript'"),
        ("transcript", {"criteria": ("c",)}, "no criteria in the tier 'transcript'"),
        ("schema", {"tools": True}, ""),
        ("schema", {"criteria": ("c",)}, "no criteria in the tier 'schema'"),
        ("schema", {"verifier_code": "def"}, "no verifier_code in the tier 'schema'"),
        ("criteria", {"tools": True, "criteria": ("c",)}, ""),
        ("criteria", {"verifier_code": "def"}, "no verifier_code in the tier 'criteria'"),
        ("verifier", {"tools": True, "criteria": ("c",), "verifier_code": "def"}, ""),
        ("verifier", {}, ""),
    ],
)
def test_nobody_can_be_told_more_than_the_tier_allows(
    consultation: Consultation, tier: Tier, given: dict[str, Any], refused: str
) -> None:
    knowledge = {**BARE, **given, **({"tools": consultation.tools} if "tools" in given else {}), "tier": tier}

    for tell in (
        partial(Consultation.model_validate, {**dict(consultation), **knowledge}),
        partial(consultation.model_copy, update=knowledge),
    ):
        if refused:
            with pytest.raises(ValidationError, match=refused):
                tell()
        else:
            assert tell().tier == tier


def test_a_tier_has_to_be_named(consultation: Consultation) -> None:
    unnamed = {name: value for name, value in dict(consultation).items() if name != "tier"}
    with pytest.raises(ValidationError, match="tier"):
        Consultation.model_validate(unnamed)


@pytest.mark.parametrize(
    ("needed", "tier", "expected"),
    [
        ("schema", "transcript", False),
        ("schema", "schema", True),
        ("criteria", "schema", False),
        ("criteria", "verifier", True),
        ("verifier", "criteria", False),
    ],
)
def test_each_tier_holds_those_before_it(needed: Tier, tier: Tier, expected: bool) -> None:
    assert is_within(needed, tier) is expected
