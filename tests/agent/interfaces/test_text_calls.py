"""Calls written into a text."""

import json
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from awm_langgraph.agent.interfaces.text_calls import WrittenCall, read_turn

FUNCTIONS = ("list_tools", "call_tool")
LIST = '{"name": "list_tools", "arguments": {}}'
TAGS = ["<tool_call>", "</tool_call>", "<think>", "</think>", "<tool_response>", "</tool_response>", "```json\n", "```"]
WORDS = st.text(st.characters(exclude_categories=["Cs"]), max_size=20) | st.sampled_from(TAGS)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63) | st.floats(allow_nan=False, allow_infinity=False) | WORDS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=3),
    max_leaves=8,
)
PIECES = st.one_of(
    st.sampled_from([*TAGS, LIST, '{"name": "call_tool", "arguments": {"a": ', '"}}', "{'name': 'x'}", "}", '"', "\\"]),
    st.text(max_size=10),
)


def only(text: str) -> WrittenCall:
    (call,) = read_turn(text, FUNCTIONS).calls
    return call


@given(WORDS.filter(str.strip), st.dictionaries(WORDS, VALUES, max_size=3), st.sampled_from([None, 2]))
def test_a_well_formed_call_is_read_back_exactly(name: str, arguments: dict[str, Any], indent: int | None) -> None:
    written = json.dumps({"name": name, "arguments": arguments}, ensure_ascii=False, indent=indent)
    turn = read_turn(f"<think>I could use <tool_call>.</think>\nSo:\n<tool_call>\n{written}\n</tool_call>\n", FUNCTIONS)
    assert turn.calls == (WrittenCall(name, arguments),)


@given(st.lists(PIECES, max_size=12).map("".join))
@example("<tool_call>" * 500 + '{"a": "' * 500)
@example("<tool_call>" + "[" * 100_000)
@example("<tool_call>{" + '"\\"' * 20_000)
def test_no_text_is_too_much(text: str) -> None:
    turn = read_turn(text, FUNCTIONS)
    assert text.startswith(turn.text)
    for call in turn.calls:
        assert call.complaint or call.name
        assert not (call.complaint and call.arguments)


@pytest.mark.parametrize(
    "text", ["", "The answer is 4.", '{"total": 4}', "```json\n{}\n```", '{"name": "Ann", "arguments": {}}']
)
def test_a_turn_without_a_call_is_an_answer(text: str) -> None:
    assert read_turn(text, FUNCTIONS).calls == ()


@pytest.mark.parametrize(
    ("text", "flaws"),
    [
        (f"<tool_call>{LIST}", ["the closing tag is missing"]),
        (f"<tool_call>{LIST}\nNow I wait.", ["the closing tag is missing"]),
        (f"<tool_call>```json\n{LIST}\n```</tool_call>", ["a code fence stands around the JSON"]),
        (f"<tool_call>{LIST}}}}}</tool_call>", ["it has brackets too many"]),
        (LIST, ["the tags are missing"]),
        (f"<think>Well.</think>```\n{LIST}\n```", ["a code fence stands around the JSON", "the tags are missing"]),
        ("<tool_call>{'name': 'list_tools', 'arguments': {},}</tool_call>", ["the JSON is not strict"]),
        ('<tool_call>{"name": "list_tools"}</tool_call>', ["there are no arguments"]),
        ('<tool_call>{"name": "list_tools", "parameters": {}}</tool_call>', ['the arguments are called "parameters"']),
        ('<tool_call>{"name": "list_tools", "arguments": "{}"}</tool_call>', ["the arguments are text, not an object"]),
        (f"<tool_call>{LIST}</tool_call> Then I will see.", []),
    ],
)
def test_what_can_mean_one_call_only_is_read_and_its_flaws_are_named(text: str, flaws: list[str]) -> None:
    call = only(text)
    assert (call.name, call.arguments, call.complaint) == ("list_tools", {}, "")
    assert len(call.flaws) == len(flaws)
    assert all(flaw.startswith(words) for flaw, words in zip(call.flaws, flaws, strict=True))


@pytest.mark.parametrize(
    ("body", "name", "complaint"),
    [
        ("", "", "it is no valid JSON: Expecting value"),
        ('{"name": "call_tool", "arguments": {"a": 1', "call_tool", "it is no valid JSON"),
        ("[1]", "", "expected a JSON object, found list"),
        ('{"arguments": {}}', "", '"name" must be the name of a function, as text'),
        ('{"name": 4, "arguments": {}}', "", '"name" must be the name of a function, as text'),
        ('{"name": "call_tool", "arguments": [1]}', "call_tool", "expected a JSON object, found [1]"),
        (
            '{"name": "call_tool", "tool_name": "x"}',
            "call_tool",
            'takes "name" and "arguments" only, found "tool_name"',
        ),
        (f"{LIST} {LIST}", "list_tools", "Extra data"),
        (f'{{"name": "call_tool", "arguments": {{"a": {10**30}}}}}', "call_tool", "beyond 64 bits"),
        ("<function=list_tools>", "", "it is no valid JSON"),
    ],
)
def test_what_is_no_call_is_complained_about_exactly(body: str, name: str, complaint: str) -> None:
    call = only(f"<tool_call>{body}</tool_call>")
    assert (call.name, call.raw, call.arguments) == (name, body, {})
    assert complaint in call.complaint


def test_every_call_of_a_turn_is_read_and_a_second_one_is_a_flaw() -> None:
    text = f"<tool_call>{LIST}</tool_call><tool_call>{{</tool_call><tool_call>{LIST}<tool_call>{LIST}</tool_call>"
    calls = read_turn(text, FUNCTIONS).calls
    assert [call.name for call in calls] == ["list_tools", "", "list_tools", "list_tools"]
    assert [bool(call.complaint) for call in calls] == [False, True, False, False]
    second = "it is not the only call of its turn"
    assert [call.flaws for call in calls] == [(), (second,), ("the closing tag is missing", second), (second,)]


def test_nothing_is_done_upon_a_result_that_the_model_made_up() -> None:
    said = f"<tool_call>{LIST}</tool_call>"
    turn = read_turn(f"{said}\n<tool_response>pay, refund</tool_response>\n<tool_call>{LIST}</tool_call>", FUNCTIONS)
    assert turn.text == said
    assert turn.calls == (WrittenCall("list_tools", {}, ("a result made up by the model follows",)),)


@pytest.mark.parametrize(
    ("text", "count"),
    [
        (f"<think><tool_call>{LIST}</tool_call></think>", 0),
        (f"I think <tool_call>{LIST}</tool_call></think>Four.", 0),
        (f"<think>never closed <tool_call>{LIST}</tool_call>", 0),
        (f"<tool_call>{LIST}</tool_call><think>More?</think><tool_call>{LIST}</tool_call>", 2),
    ],
)
def test_what_is_only_thought_is_not_called(text: str, count: int) -> None:
    assert len(read_turn(text, FUNCTIONS).calls) == count
