from pathlib import Path

import pytest

from awm_langgraph.cli.answering import answer_from, read_answer
from awm_langgraph.errors import UsageError


@pytest.mark.parametrize(
    ("line", "answer"),
    [('{"notes": "Go on."}', {"notes": "Go on."}), ("Go on.", "Go on."), ("42", "42"), ("[1", "[1")],
)
def test_what_is_typed_is_an_object_or_plain_words(line: str, answer: object) -> None:
    assert answer_from(line) == answer


def test_an_answer_is_json_or_a_file_of_it(tmp_path: Path) -> None:
    (tmp_path / "answer.json").write_text('{"notes": "Größe"}', encoding="utf-8")
    assert read_answer('"Go on."') == "Go on."
    assert read_answer(f"@{tmp_path}/answer.json") == {"notes": "Größe"}


@pytest.mark.parametrize(
    ("text", "complaint"),
    [("Go on.", "expected JSON"), ("@nowhere.json", "cannot read nowhere.json"), ("null", "found null")],
)
def test_what_is_no_answer_is_told(text: str, complaint: str) -> None:
    with pytest.raises(UsageError, match=complaint):
        read_answer(text)
