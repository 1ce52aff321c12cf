"""Values as a model reads them."""

from awm_langgraph.models.writing import one_line_json, shorten


def test_one_line_json_keeps_letters_readable_and_escapes_line_breaks() -> None:
    assert one_line_json({"a": "é\u2028\n\ud800"}) == '{"a": "é\\u2028\\n\\ud800"}'


def test_a_text_within_the_limit_is_left_alone() -> None:
    assert shorten("x" * 10, 10) == "x" * 10


def test_a_text_that_is_too_long_is_cut_and_says_by_how_much() -> None:
    assert shorten("x" * 30, 10) == "x" * 10 + "\n[... 20 characters left out]"
