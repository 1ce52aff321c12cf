import pytest
from hypothesis import given
from hypothesis import strategies as st

from awm_langgraph.cli.text import as_json, compact, counted, one_line, safe, shortened, sized


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain [bold]text[/bold] :smile:", "plain [bold]text[/bold] :smile:"),
        ("\x1b[1;31mred\x1b[0m", "red"),
        ("\x1b]0;a new title\x07rest", "rest"),
        ("\x1b]8;;http://x\x1b\\link\x1b]8;;\x1b\\", "link"),
        ("\x1bcreset, \x9b2Jcleared", "reset, cleared"),
        ("never ended \x1b]52;c;AAAA", "never ended "),
        ("back\x08space\r\nline", "backspace\nline"),
        ("\u202egnp.exe\u2066", "gnp.exe"),
        ("half \ud83d a pair", "half \ufffd a pair"),
        ("a\tb", "a   b"),
    ],
)
def test_what_a_terminal_would_obey_is_taken_out(text: str, shown: str) -> None:
    assert safe(text) == shown


@given(st.text(st.characters(exclude_categories=())))
def test_no_text_gets_a_control_character_through(text: str) -> None:
    left = {letter for letter in safe(text) if not letter.isprintable() and letter != "\n"}
    assert not any(ord(letter) < 0xA0 or 0x2028 <= ord(letter) <= 0x202E for letter in left)
    assert safe(text).encode().decode() == safe(text)


def test_one_line_is_one_line() -> None:
    assert one_line(" a\n\n b\r\n\tc ") == "a b c"


def test_a_cut_text_says_how_much_is_missing() -> None:
    assert shortened("x" * 1_500, 10) == "xxxxxxxxxx ... (1,490 more characters)"
    assert shortened("exactly", 7) == "exactly"


def test_a_result_in_json_loses_its_white_space_and_any_other_its_line_feeds() -> None:
    assert compact('[\n  {\n    "id": 1,\n    "name": "Ünal"\n  }\n]') == '[{"id": 1, "name": "Ünal"}]'
    assert compact("not\n  json") == "not json"
    assert compact("1e999999") == "Infinity"


def test_values_are_written_as_json_on_one_line() -> None:
    assert as_json({"text": "a\nb \x1b[31m", "n": None}) == '{"text": "a\\nb \\u001b[31m", "n": null}'


@pytest.mark.parametrize(("number", "words"), [(0, "0 steps"), (1, "1 step"), (1200, "1,200 steps")])
def test_a_noun_follows_its_number(number: int, words: str) -> None:
    assert counted(number, "step") == words


@pytest.mark.parametrize(
    ("size_bytes", "words"), [(0, "0 B"), (812, "812 B"), (3_400_000, "3.4 MB"), (2_500_000_000_000, "2,500.0 GB")]
)
def test_a_size_is_told_in_the_unit_that_suits_it(size_bytes: int, words: str) -> None:
    assert sized(size_bytes) == words
