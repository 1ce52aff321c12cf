"""Finding the one JSON object in what a model wrote."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from awm_langgraph.models.reading import UnreadableAnswerError, find_object, flaw_in, text_of

OBJECT = {"verdict": "fine", "why": "it holds"}


@pytest.mark.parametrize(
    "text",
    [
        json.dumps(OBJECT),
        f"Here it is:\n```json\n{json.dumps(OBJECT, indent=2)}\n```\nAnything else {{you}} need?",
        f"Let me think: {{braces}} and {{\n {json.dumps(OBJECT)}",
        f"First: {json.dumps({'verdict': 'bad'})} no, better: {json.dumps(OBJECT)} {json.dumps({'other': 1})}",
    ],
)
def test_the_last_object_with_an_expected_key_counts(text: str) -> None:
    assert find_object(text, OBJECT) == OBJECT


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "there is no JSON object with the keys verdict, why"),
        ('{"advice": "none"}', "there is no JSON object with the keys verdict, why"),
        ('{"verdict": "fine", "why": ', "the JSON cannot be read"),
        ('{"verdict": {"why": "an inner one"}, ', "the JSON cannot be read"),
        ('{"verdict": NaN}', "NaN is no JSON number"),
        ('{"verdict": "\\ud800"}', "half a character"),
        ('{"verdict": ' + "[" * 100_000, "nested too deeply"),
        ('{"verdict": ' + "[" * 200 + "]" * 200 + "}", "nested too deeply"),
        ('{"verdict": 1e999}', "not finite"),
        ('{"verdict": {"why": -9223372036854775809}}', "beyond 64 bits"),
        ('{"verdict": [18446744073709551616]}', "beyond 64 bits"),
    ],
)
def test_what_cannot_be_read_is_complained_about_exactly(text: str, complaint: str) -> None:
    with pytest.raises(UnreadableAnswerError) as caught:
        find_object(text, OBJECT)
    assert complaint in str(caught.value)


@pytest.mark.parametrize(
    ("value", "text"), [(None, ""), ("  a ", "a"), (3, "3"), ({"count": 1}, '{"count": 1}'), (["é"], '["é"]')]
)
def test_any_value_can_be_taken_as_text(value: object, text: str) -> None:
    assert text_of(value) == text


@pytest.mark.parametrize("value", [None, True, -(2**63), 2**64 - 1, 0.5, "é", [1, {"a": [{}]}]])
def test_plain_json_has_no_flaw(value: object) -> None:
    assert flaw_in(value) == ""


@given(text=st.text(alphabet='{}[]":,\\ verdictwhy01\n'))
def test_any_text_holds_such_an_object_or_is_complained_about(text: str) -> None:
    try:
        found = find_object(text, OBJECT)
    except UnreadableAnswerError:
        return
    assert found.keys() & OBJECT.keys()
