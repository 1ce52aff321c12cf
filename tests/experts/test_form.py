"""The form that a person fills in."""

from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from awm_langgraph.episode import Advice, PlanStep
from awm_langgraph.experts.form import AdviceForm

FORM = TypeAdapter(AdviceForm)


@pytest.mark.parametrize(
    ("given", "advice"),
    [
        (
            {"plan_text": 'list_workflows\n\n2. create_trigger {"workflow_id": 4, "kind": "event"}  \n3) stop {}'},
            Advice(
                plan=(
                    PlanStep(tool="list_workflows"),
                    PlanStep(tool="create_trigger", arguments={"workflow_id": 4, "kind": "event"}),
                    PlanStep(tool="stop"),
                )
            ),
        ),
        (
            {"plan": [{"tool": "create_trigger", "arguments": {"workflow_id": 4}, "why": "it is missing"}]},
            Advice(plan=(PlanStep(tool="create_trigger", arguments={"workflow_id": 4}, why="it is missing"),)),
        ),
        (
            {"notes": " look ", "final_answer": "42\n", "must_hold": "one\n\n two", "pitfalls": ["three", "four"]},
            Advice(notes="look", final_answer="42", must_hold=("one", "two"), pitfalls=("three", "four")),
        ),
        ("Just look again.", Advice(notes="Just look again.")),
    ],
)
def test_a_filled_form_is_advice(given: Any, advice: Advice) -> None:
    assert FORM.validate_python(given).advice() == advice


@pytest.mark.parametrize(
    ("given", "complaint"),
    [
        ({}, "found an empty form"),
        ({"notes": "  "}, "found an empty form"),
        ("", "found an empty form"),
        ({"plan_text": "first look at it"}, "plan_text, line 1: expected tool_name"),
        ({"plan_text": "a\nb {'id': 4}"}, "plan_text, line 2: the arguments are no JSON object"),
        ({"plan_text": "a {1}"}, "plan_text, line 1: the arguments are no JSON object"),
        ({"plan_text": 'a {"x": NaN}'}, "plan_text, line 1: the arguments are no JSON object"),
        ({"plan_text": 'a {"x": 1'}, "plan_text, line 1: expected tool_name"),
        ({"plan_text": "a", "plan": [{"tool": "b"}]}, "found both"),
        ({"plan": [{"arguments": {}}]}, "plan.0.tool"),
        ({"plan": [{"tool": "a", "arguments": {"x": 2**70}}]}, "beyond 64 bits"),
        ({"plans": "a"}, "plans"),
        ({"must_hold": [1]}, "must_hold"),
        (4, "AdviceForm"),
        (None, "AdviceForm"),
    ],
)
def test_a_form_that_cannot_be_used_is_refused_with_the_reason(given: Any, complaint: str) -> None:
    with pytest.raises(ValidationError) as caught:
        FORM.validate_python(given)
    assert complaint in str(caught.value)


def test_the_form_is_flat_text_for_whoever_draws_it() -> None:
    schema = FORM.json_schema()
    texts = ["plan_text", "notes", "final_answer", "must_hold", "pitfalls"]
    assert [schema["properties"][name]["type"] for name in texts] == ["string"] * 5
    assert "tool_name" in schema["properties"]["plan_text"]["description"]
    assert "required" not in schema
