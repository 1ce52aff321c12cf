"""A model's turn, made fit to record."""

from typing import Any

import pytest
from langchain_core.messages import AIMessage, HumanMessage

from awm_langgraph.models.turn import is_cut_off, recordable, spoken


def turn(*ids: str | None, arguments: dict[str, Any] | None = None, broken: tuple[str | None, ...] = ()) -> AIMessage:
    made: Any = [{"name": "get", "args": arguments or {}, "id": own} for own in ids]
    invalid: Any = [{"name": "get", "args": "{", "id": own, "error": None} for own in broken]
    return AIMessage("", tool_calls=made, invalid_tool_calls=invalid)


def ids_of(message: AIMessage) -> list[str | None]:
    return [call["id"] for call in (*message.tool_calls, *message.invalid_tool_calls)]


@pytest.mark.parametrize(
    ("made", "earlier", "ids"),
    [
        (turn("a", "b"), [], ["a", "b"]),
        (turn("a", "a"), [], ["a", "call_1"]),
        (turn(None, ""), [], ["call_1", "call_2"]),
        (turn("a", broken=("a", None)), [turn("call_1")], ["a", "call_2", "call_3"]),
        (turn("a"), [turn("a"), HumanMessage("No."), turn(broken=("call_1",))], ["call_2"]),
    ],
)
def test_every_call_has_an_id_that_no_other_has(made: AIMessage, earlier: list[Any], ids: list[str]) -> None:
    assert ids_of(recordable(made, earlier)) == ids


@pytest.mark.parametrize(("value", "text"), [(10**40, str(10**40)), (float("nan"), "NaN"), ("\ud800", '"\\ud800"')])
def test_a_call_that_cannot_be_recorded_is_an_invalid_one_with_its_words(value: object, text: str) -> None:
    read = recordable(turn("a", arguments={"id": value}), [])
    assert read.tool_calls == []
    (broken,) = read.invalid_tool_calls
    assert (broken["args"], broken["id"]) == (f'{{"id": {text}}}', "a")
    assert broken["error"]


def test_halves_of_characters_are_replaced_wherever_they_stand() -> None:
    broken: Any = [{"name": "\ud800", "args": "{\udfff", "id": "i\ud800", "error": None}]
    read = recordable(AIMessage([{"type": "text", "text": "so \ud800"}], invalid_tool_calls=broken), [])
    assert read.text == "so ?"
    assert (read.invalid_tool_calls[0]["name"], read.invalid_tool_calls[0]["args"], ids_of(read)) == ("?", "{?", ["i?"])


@pytest.mark.parametrize(
    ("metadata", "is_cut"),
    [
        ({"finish_reason": "length"}, True),
        ({"stop_reason": "max_tokens"}, True),
        ({"finish_reason": "MAX_TOKENS"}, True),
        ({"finish_reason": "stop"}, False),
        ({}, False),
    ],
)
def test_a_turn_that_ran_out_of_tokens_is_told_by_its_reason(metadata: dict[str, str], is_cut: bool) -> None:
    assert is_cut_off(AIMessage("I will now", response_metadata=metadata)) is is_cut


@pytest.mark.parametrize(("text", "said"), [("<think>3?</think>\n4 ", "4"), ("4", "4"), ("<think>3?</think>", "")])
def test_thinking_aloud_is_not_speaking(text: str, said: str) -> None:
    assert spoken(text) == said
