"""Reading what an expert's model wrote."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from awm_langgraph.episode import Advice, PlanStep
from awm_langgraph.experts.reading import read_advice, read_criteria
from awm_langgraph.models.reading import UnreadableAnswerError

STEP = {"tool": "create_trigger", "arguments": {"workflow_id": 4}, "why": "it is missing"}
OBJECT = {
    "plan": [STEP],
    "must_hold": ["one trigger"],
    "final_answer": "done",
    "pitfalls": ["the name"],
    "notes": "look first",
}
ADVICE = Advice(
    plan=(PlanStep(tool="create_trigger", arguments={"workflow_id": 4}, why="it is missing"),),
    must_hold=("one trigger",),
    final_answer="done",
    pitfalls=("the name",),
    notes="look first",
)


@pytest.mark.parametrize(
    "text",
    [
        json.dumps(OBJECT),
        f"Here is my plan:\n```json\n{json.dumps(OBJECT, indent=2)}\n```\nGood luck {{you}}!",
        f"Let me think: {{braces}} and {{\n {json.dumps(OBJECT)}",
        f"First draft: {json.dumps({'plan': []})} no, better: {json.dumps(OBJECT)}",
        json.dumps(OBJECT | {"criteria": ["unknown"], "plan": [STEP | {"risk": "unknown"}]}),
        json.dumps(OBJECT | {"plan": [STEP | {"arguments": '{"workflow_id": 4}'}]}),
        json.dumps(OBJECT | {"must_hold": "one trigger", "pitfalls": ["the name", None, ""]}),
    ],
)
def test_advice_is_read_wherever_and_however_it_stands(text: str) -> None:
    assert read_advice(text) == ADVICE


def test_what_is_no_text_becomes_text() -> None:
    advice = read_advice(json.dumps({"final_answer": 3, "must_hold": [{"count": 1}], "plan": None}))

    assert advice == Advice(final_answer="3", must_hold=('{"count": 1}',))


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "no JSON object with the keys plan"),
        ("Just call create_trigger.", "no JSON object with the keys plan"),
        ('{"advice": "call create_trigger"}', "no JSON object with the keys plan"),
        ('{"plan": [], "notes": " "}', "every field of the object is empty"),
        ('{"plan": "create_trigger"}', '"plan" must be a list'),
        ('{"plan": [{"arguments": {}}]}', "plan step 1 must be an object"),
        ('{"plan": [{"tool": "a"}, "b"]}', "plan step 2 must be an object"),
        ('{"plan": [{"tool": "a", "arguments": [1]}]}', 'plan step 1: "arguments" must be a JSON object'),
        ('{"plan": [{"tool": "a", "arguments": "{oops"}]}', 'plan step 1: "arguments" must be a JSON object'),
        ('{"plan": [{"tool": "a", "arguments": {"x": NaN}}]}', "NaN is no JSON number"),
        ('{"plan": [{"tool": "a", "arguments": {"x": 99999999999999999999}}]}', "beyond 64 bits"),
        (json.dumps({"plan": [{"tool": "a", "arguments": '{"x": 1e999}'}]}), "not finite"),
        ('{"plan": [{"tool": "a",, "arguments": {}}]}', "the JSON cannot be read"),
        ('{"notes": "\\ud800"}', "half a character"),
        ('{"notes": ' + "[" * 100_000, "nested too deeply"),
    ],
)
def test_advice_that_cannot_be_read_is_complained_about_exactly(text: str, complaint: str) -> None:
    with pytest.raises(UnreadableAnswerError) as caught:
        read_advice(text)
    assert complaint in str(caught.value)


def test_arguments_inside_a_truncated_answer_do_not_pass_for_advice() -> None:
    with pytest.raises(UnreadableAnswerError, match="the JSON cannot be read"):
        read_advice('{"plan": [{"tool": "create_note", "arguments": {"notes": "hello"}, "why": "beca')


def test_criteria_are_read_and_other_keys_ignored() -> None:
    text = 'Sure: {"plan": [], "criteria": ["Workflow 4 is active.", {"table": "triggers"}]}'

    assert read_criteria(text) == ("Workflow 4 is active.", '{"table": "triggers"}')


@pytest.mark.parametrize("text", ["none", '{"criteria": []}', '{"criteria": [""]}', '["Workflow 4 is active."]'])
def test_an_answer_without_criteria_is_unreadable(text: str) -> None:
    with pytest.raises(UnreadableAnswerError, match="criteria"):
        read_criteria(text)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from([*OBJECT, "tool", "arguments"]), inner),
    max_leaves=8,
)


@given(
    text=st.text()
    | JSON.map(json.dumps)
    | st.tuples(JSON.map(json.dumps), st.integers(0, 60)).map(lambda t: t[0][: t[1]])
)
def test_any_text_is_advice_or_a_complaint(text: str) -> None:
    try:
        advice = read_advice(text)
    except UnreadableAnswerError:
        return
    assert advice != Advice()
    assert advice.model_dump_json()
