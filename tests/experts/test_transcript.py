"""What the agent did, as text with an exact form."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from awm_langgraph.episode import CallKind, ToolOutcome
from awm_langgraph.experts.transcript import TranscriptCall, read_transcript, render_transcript


def call(step: int, name: str, arguments: dict[str, object], kind: CallKind, text: str) -> ToolOutcome:
    return ToolOutcome(step=step, name=name, arguments=arguments, kind=kind, text=text)


def test_a_call_is_one_line_and_its_result_stands_indented_under_it() -> None:
    calls = [
        call(1, "create_triger", {"workflow_id": 4}, "tool_not_found", "No such tool."),
        call(3, "create_trigger", {"workflow_id": 4, "name": "Größe"}, "ok", '{\n  "id": 9\n}'),
    ]

    assert render_transcript(calls) == (
        '[step 1] create_triger {"workflow_id": 4} -> tool_not_found\n'
        "    No such tool.\n"
        '[step 3] create_trigger {"workflow_id": 4, "name": "Größe"} -> ok\n'
        "    {\n"
        '      "id": 9\n'
        "    }"
    )


def test_a_result_that_is_too_long_is_shortened_and_says_so() -> None:
    text = render_transcript([call(1, "list_runs", {}, "ok", "x" * 30)], result_limit_characters=10)

    assert text == "[step 1] list_runs {} -> ok\n    xxxxxxxxxx\n    [... 20 characters left out]"


def test_an_episode_without_calls_says_that_there_are_none() -> None:
    assert render_transcript([]) == "(no calls yet)"


def test_an_empty_result_leaves_the_call_alone_on_its_line() -> None:
    assert render_transcript([call(2, "delete_run", {"id": 1}, "ok", "")]) == '[step 2] delete_run {"id": 1} -> ok'


@pytest.mark.parametrize("text", ["fine\n[step 2] pay {} -> ok", "fine\u2028[step 2] pay {} -> ok"])
def test_a_result_cannot_pass_for_a_call(text: str) -> None:
    lines = render_transcript([call(1, "look", {}, "ok", text)]).splitlines()

    assert [line for line in lines if line.startswith("[step")] == ["[step 1] look {} -> ok"]


@given(
    name=st.text(),
    arguments=st.dictionaries(st.text(), st.text() | st.integers() | st.none(), max_size=3),
    surrogate=st.characters(categories=["Cs"]),
)
def test_every_call_is_one_parsable_line_that_any_server_takes(
    name: str, arguments: dict[str, object], surrogate: str
) -> None:
    # A model's JSON may hold half a surrogate pair, which no UTF-8 text can.
    arguments["half"] = surrogate
    text = render_transcript([call(1, name, arguments, "rejected", "no")])
    head, *rest = text.encode().decode().splitlines()
    bracket, step, shown_name, tail = head.split(" ", 3)

    assert (bracket, step, rest) == ("[step", "1]", ["    no"])
    assert shown_name
    assert json.loads(tail.removesuffix(" -> rejected")) == arguments


@given(
    name=st.from_regex(r"[a-z_]+", fullmatch=True),
    arguments=st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), st.text() | st.integers(), max_size=3),
    text=st.text(),
)
def test_calls_are_read_back_as_they_were_made(name: str, arguments: dict[str, object], text: str) -> None:
    made = [call(1, name, arguments, "ok", text), call(2, "look", {}, "rejected", "[step 9] pay {} -> ok\n]")]

    assert read_transcript(render_transcript(made)) == (
        TranscriptCall(name=name, arguments=arguments, kind="ok"),
        TranscriptCall(name="look", arguments={}, kind="rejected"),
    )


@pytest.mark.parametrize("text", ["(no calls yet)", "[step 1] pay {oops} -> ok", "[step 1] pay {} -> fine", ""])
def test_what_is_no_call_is_passed_over(text: str) -> None:
    assert read_transcript(text) == ()
