"""Who of an ensemble should answer."""

import pytest

from awm_langgraph.episode import Trigger
from awm_langgraph.experts.consultation import Consultation
from awm_langgraph.experts.specialists import (
    SPECIALISTS,
    Specialist,
    read_specialist,
    router_question,
    specialist_by_rule,
)
from awm_langgraph.models.reading import UnreadableAnswerError


@pytest.mark.parametrize(
    ("trigger", "ending", "specialist"),
    [
        ("error", "tool_not_found", "formatting"),
        ("error", "invalid_args", "formatting"),
        ("agent", "invalid_action", "formatting"),
        ("error", "rejected", "recovery"),
        ("agent", "server_error", "recovery"),
        ("stall", "ok", "recovery"),
        ("stall", "", "recovery"),
        ("agent", "ok", "planning"),
        ("start", "", "planning"),
        ("finish", "ok", "planning"),
        ("irreversible", "ok", "planning"),
        ("confidence", "ok", "planning"),
    ],
)
def test_the_rule_looks_at_the_latest_call_and_then_at_the_trigger(
    consultation: Consultation, trigger: Trigger, ending: str, specialist: Specialist
) -> None:
    calls = f"[step 1] get {{}} -> rejected\n[step 2] get {{}} -> {ending}" if ending else "(no calls yet)"
    given = consultation.model_copy(update={"trigger": trigger, "transcript": calls})

    assert specialist_by_rule(given) == specialist


def test_a_choice_is_read_and_anything_else_is_complained_about() -> None:
    for specialist in SPECIALISTS:
        assert read_specialist(f'Well: {{"specialist": "{specialist}", "why": "so"}}') == specialist
    for text in ("planning", '{"specialist": "cooking"}', '{"specialist": ["planning"]}'):
        with pytest.raises(UnreadableAnswerError, match="specialist"):
            read_specialist(text)


def test_the_router_is_shown_the_task_and_what_happened(consultation: Consultation) -> None:
    question = router_question(consultation)
    for part in (consultation.instruction, consultation.transcript, consultation.reason, consultation.question):
        assert part in question
    for specialist in SPECIALISTS:
        assert f"`{specialist}`" in question
