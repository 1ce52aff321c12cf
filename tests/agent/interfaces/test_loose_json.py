"""JSON objects as models write them."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from awm_langgraph.agent.interfaces.loose_json import read_object
from awm_langgraph.models.reading import UnreadableAnswerError

WHOLE = st.characters(exclude_categories=["Cs"])


def objects(characters: st.SearchStrategy[str]) -> st.SearchStrategy[dict[str, Any]]:
    """Draw JSON objects whose texts are made of ``characters``."""
    numbers = st.integers(-(2**63), 2**63) | st.floats(allow_nan=False, allow_infinity=False)
    text = st.text(characters, max_size=20)
    values = st.recursive(
        st.none() | st.booleans() | numbers | text,
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(text, inner, max_size=3),
        max_leaves=8,
    )
    return st.dictionaries(text, values, max_size=4)


@given(objects(WHOLE), st.booleans())
def test_an_object_in_json_is_read_exactly_and_without_a_flaw(value: dict[str, Any], is_ascii: bool) -> None:
    assert read_object(json.dumps(value, ensure_ascii=is_ascii)) == (value, ())


@pytest.mark.parametrize(
    ("text", "value", "flaws"),
    [
        ('```json\n{"a": 1}\n```', {"a": 1}, ["a code fence"]),
        ("{'a': True, 'b': None, 'c': [False]}", {"a": True, "b": None, "c": [False]}, ["not strict"]),
        (
            """{'a': "it's", 'b': 'it\\'s', 'c': 'say "no"'}""",
            {"a": "it's", "b": "it's", "c": 'say "no"'},
            ["not strict"],
        ),
        ('{"a": "True, or \'None\'",}', {"a": "True, or 'None'"}, ["not strict"]),
        ('{"a": "two\nlines"}', {"a": "two\nlines"}, ["not strict"]),
        ('{"a": [1, 2, ], }', {"a": [1, 2]}, ["not strict"]),
        (" ```\n{'a': 1}``` ", {"a": 1}, ["a code fence", "not strict"]),
    ],
)
def test_what_can_mean_one_thing_only_is_read_and_its_flaws_are_named(
    text: str, value: dict[str, Any], flaws: list[str]
) -> None:
    read, found = read_object(text)
    assert read == value
    assert len(found) == len(flaws)
    assert all(words in flaw for words, flaw in zip(flaws, found, strict=True))


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "no valid JSON: Expecting value"),
        ('{"a": 1', "no valid JSON: Expecting ',' delimiter"),
        ('{"a": 1} and so on', "no valid JSON: Extra data"),
        ("{a: 1}", "no valid JSON: Expecting property name"),
        ("{'a': 'no end}", "no valid JSON"),
        ('{"a": NaN}', "no valid JSON"),
        ("[1]", "expected a JSON object, found list"),
        ('"{}"', "expected a JSON object, found str"),
        ('{"a": 1e999}', "a number is not finite"),
        (f'{{"a": {10**30}}}', "beyond 64 bits"),
        ('{"a": "\\ud800"}', "half a character"),
        ('{"a": ' * 3000, "nested too deeply"),
    ],
)
def test_what_cannot_be_read_is_complained_about_exactly(text: str, complaint: str) -> None:
    with pytest.raises(UnreadableAnswerError) as found:
        read_object(text)
    assert complaint in str(found.value)


@given(st.text(st.sampled_from("{}[]\"'\\,: aTrueNone1`\n"), max_size=60))
def test_no_text_is_refused_in_another_way(text: str) -> None:
    try:
        value, _ = read_object(text)
    except UnreadableAnswerError:
        return
    assert isinstance(value, dict)


@given(objects(st.characters(min_codepoint=32, max_codepoint=126)))
def test_pythons_way_of_writing_is_read_as_python_means_it(value: dict[str, Any]) -> None:
    read, _ = read_object(repr(value))
    assert read == value
