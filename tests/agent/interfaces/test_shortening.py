"""Tool results, shortened for a model."""

import re

from hypothesis import given
from hypothesis import strategies as st
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, ToolMessage

from awm_langgraph.agent.interfaces import shortened

NOTE = re.compile(r"(?s)(.*)\n\[\.\.\. (\d+) characters left out\]")
RESULTS = st.lists(st.integers(0, 2000), max_size=10)


def result(length: int, name: str = "get") -> ToolMessage:
    return ToolMessage("x" * length, tool_call_id="a", name=name)


def lengths(messages: list[BaseMessage]) -> list[tuple[int, int]]:
    """Say of each result how much is kept and how much is said to be left out."""
    found = [(one.text, NOTE.fullmatch(one.text)) for one in messages]
    return [(len(note[1]), int(note[2])) if note else (len(text), 0) for text, note in found]


def test_a_long_result_is_cut_and_says_by_how_much() -> None:
    (sent,) = shortened([result(50)], result_limit_characters=10, total_limit_characters=100)
    assert sent.text == "xxxxxxxxxx\n[... 40 characters left out]"


def test_the_oldest_results_are_reduced_to_their_beginning_first() -> None:
    messages = [result(1000), result(1000), result(1000)]
    sent = shortened(messages, result_limit_characters=900, total_limit_characters=2000)
    assert lengths(sent) == [(200, 800), (900, 100), (900, 100)]


def test_where_beginnings_are_still_too_much_the_oldest_are_left_out() -> None:
    messages = [result(1000), result(1000), result(1000)]
    sent = shortened(messages, result_limit_characters=900, total_limit_characters=450)
    assert lengths(sent) == [(0, 1000), (200, 800), (200, 800)]


def test_words_advice_and_the_catalogue_are_never_shortened() -> None:
    messages = [
        HumanMessage("h" * 500),
        AIMessage("a" * 500),
        *(result(500, name) for name in ("ask_expert", "list_tools", "search_tools")),
    ]
    assert shortened(messages, result_limit_characters=10, total_limit_characters=10) == messages


def test_the_messages_that_were_given_stay_whole() -> None:
    messages = [result(500)]
    shortened(messages, result_limit_characters=10, total_limit_characters=10)
    assert len(messages[0].text) == 500


@given(RESULTS, st.integers(0, 1500), st.integers(0, 5000))
def test_the_limits_are_kept_and_nothing_is_lost_without_a_word(sizes: list[int], one: int, all_of: int) -> None:
    sent = shortened([result(size) for size in sizes], result_limit_characters=one, total_limit_characters=all_of)
    kept = lengths(sent)
    assert all(length <= one for length, _ in kept)
    assert sum(length for length, _ in kept) <= all_of
    assert [length + left_out for length, left_out in kept] == sizes


@given(RESULTS, st.integers(0, 1500), st.integers(0, 5000))
def test_a_result_that_was_reduced_never_grows_again(sizes: list[int], one: int, all_of: int) -> None:
    messages = [result(size) for size in sizes]
    before = lengths(shortened(messages, result_limit_characters=one, total_limit_characters=all_of))
    after = lengths(shortened([*messages, result(300)], result_limit_characters=one, total_limit_characters=all_of))
    assert all(later <= earlier for (later, _), (earlier, _) in zip(after, before, strict=False))
