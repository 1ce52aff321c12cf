"""Reading what a judge wrote."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from awm_langgraph.models.reading import UnreadableAnswerError
from awm_langgraph.verifier.judgement import Ruling, read_ruling

ANSWER = {"reasoning": "Ticket 7 is urgent.", "classification": "complete", "confidence_score": 0.9}


def told(**changes: object) -> str:
    return json.dumps(ANSWER | changes)


@pytest.mark.parametrize("classification", ["complete", "incomplete", "server_error", "agent_error"])
def test_each_classification_is_read_with_confidence_and_reasoning(classification: str) -> None:
    assert read_ruling(told(classification=classification)) == (classification, 0.9, "Ticket 7 is urgent.")


@pytest.mark.parametrize(
    ("text", "ruling"),
    [
        (f"I think:\n```json\n{told()}\n```", Ruling("complete", 0.9, "Ticket 7 is urgent.")),
        (told(classification=" Complete\n", evidence={}), Ruling("complete", 0.9, "Ticket 7 is urgent.")),
        (told(confidence_score=1), Ruling("complete", 1.0, "Ticket 7 is urgent.")),
        (told(reasoning=["a", "b"]), Ruling("complete", 0.9, '["a", "b"]')),
    ],
)
def test_what_can_be_read_in_one_way_only_is_read(text: str, ruling: Ruling) -> None:
    assert read_ruling(text) == ruling


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("The task is complete.", "there is no JSON object with the keys reasoning, classification, confidence_score"),
        (
            told(classification="done"),
            '"classification" must be one of complete, incomplete, server_error, agent_error, found done',
        ),
        (told(classification=None), "agent_error, found nothing"),
        (told(classification=["complete"]), 'found ["complete"]'),
        (told(confidence_score=90), '"confidence_score" must be a number from 0 to 1, found 90'),
        (told(confidence_score=-0.1), "found -0.1"),
        (told(confidence_score="high"), "found high"),
        (told(confidence_score=True), "found true"),
        (json.dumps({"classification": "complete", "reasoning": "x"}), '"confidence_score" must be a number'),
        (told(reasoning=" "), '"reasoning" must say what the classification rests on'),
    ],
)
def test_anything_else_is_complained_about_exactly(text: str, complaint: str) -> None:
    with pytest.raises(UnreadableAnswerError) as caught:
        read_ruling(text)
    assert complaint in str(caught.value)
    assert "\n" not in str(caught.value)


@given(st.dictionaries(st.sampled_from([*ANSWER]), st.none() | st.booleans() | st.floats() | st.text() | st.just([{}])))
def test_any_object_is_a_ruling_or_a_complaint(answer: dict[str, object]) -> None:
    try:
        ruling = read_ruling(json.dumps(answer))
    except UnreadableAnswerError:
        return
    assert 0 <= ruling.confidence <= 1
    assert ruling.reasoning
