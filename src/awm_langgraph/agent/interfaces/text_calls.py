"""Find the calls that a model wrote into its text between ``<tool_call>`` tags.

A tag counts where the model speaks: not in its thoughts, not inside the JSON of a call, and not behind a
``<tool_response>`` of its own, for what it does upon results that it made up is not done.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass, field, replace
from typing import Any

from awm_langgraph.agent.interfaces.loose_json import read_object
from awm_langgraph.agent.interfaces.requests import read_arguments
from awm_langgraph.models.reading import DECODER, UnreadableAnswerError, flaw_in
from awm_langgraph.models.writing import one_line_json

_TAG = re.compile(r"<(/?think|tool_call|tool_response)>")
_CLOSING = re.compile(r"\s*</tool_call>")
_END_OF_BODY = re.compile(r"</?tool_call>|<tool_response>")
_SPACE = re.compile(r"\s*")
_SPARE_BRACKETS = re.compile(r"(?:\s*[}\]])*")
_NAME = re.compile(r"""["']name["']\s*:\s*["']([^"'\\]{1,200})["']""")
_UNCLOSED = "the closing tag is missing"


@dataclass(frozen=True)
class WrittenCall:
    """A call as it was written; one with a ``complaint`` cannot be made, and ``raw`` is what stands in its place."""

    name: str = ""
    arguments: dict[str, Any] = field(default_factory=dict)
    flaws: tuple[str, ...] = ()
    raw: str = ""
    complaint: str = ""


@dataclass(frozen=True)
class WrittenTurn:
    """A turn's calls in order, and its text up to the first result that the model made up, if there is one."""

    calls: tuple[WrittenCall, ...]
    text: str


def read_turn(text: str, functions: Collection[str]) -> WrittenTurn:
    """Read a model's turn; never raises. Calls of ``functions`` are known even where the tags are missing."""
    calls: list[WrittenCall] = []
    spoken_from = position = 0
    while tag := _TAG.search(text, position):
        position = tag.end()
        match tag[1]:
            case "think":
                end = text.find("</think>", position)
                spoken_from = position = len(text) if end < 0 else end + len("</think>")
            case "/think":
                # All before were thoughts: chat templates often write the tag that opens them.
                calls, spoken_from = [], position
            case "tool_call":
                call, position = _read_call(text, position)
                calls.append(_flawed(call, "it is not the only call of its turn") if calls else call)
            case _ if calls:
                calls[-1] = _flawed(calls[-1], "a result made up by the model follows")
                return WrittenTurn(tuple(calls), text[: tag.start()].rstrip())
    if not calls and (call_alone := _without_tags(text[spoken_from:], functions)):
        calls.append(call_alone)
    return WrittenTurn(tuple(calls), text)


def _read_call(text: str, start: int) -> tuple[WrittenCall, int]:
    """Read the call whose opening tag ends at ``start``, and say where it ends itself."""
    try:
        # Plain JSON first: it alone says where the strings are, in which tags mean nothing.
        value, end = DECODER.raw_decode(text, _end(_SPACE, text, start))
    except (ValueError, RecursionError):
        return _read_body(text, start)
    brackets = _end(_SPARE_BRACKETS, text, end)
    flaws = ("it has brackets too many",) if brackets > end else ()
    if closing := _CLOSING.match(text, brackets):
        return _as_call(value, text[start:end], flaws), closing.end()
    following = _END_OF_BODY.search(text, brackets)
    if following and following[0] == "</tool_call>":
        return _read_body(text, start)
    return _as_call(value, text[start:end], (*flaws, _UNCLOSED)), brackets


def _read_body(text: str, start: int) -> tuple[WrittenCall, int]:
    """Read a call that is not plain JSON, or has something else behind it, up to the next tag."""
    tag = _END_OF_BODY.search(text, start)
    is_closed = tag is not None and tag[0] == "</tool_call>"
    body = text[start : tag.start() if tag else len(text)]
    end = tag.end() if tag and is_closed else start + len(body)
    try:
        value, flaws = read_object(body)
    except UnreadableAnswerError as error:
        return _unreadable(body, str(error)), end
    return _as_call(value, body, flaws if is_closed else (*flaws, _UNCLOSED)), end


def _without_tags(text: str, functions: Collection[str]) -> WrittenCall | None:
    """Read a turn that is nothing but the JSON of a call; any other JSON is an answer."""
    if not text.lstrip().startswith(("{", "```")):
        return None
    try:
        value, flaws = read_object(text)
    except UnreadableAnswerError:
        return None
    if value.get("name") not in functions:
        return None
    return _as_call(value, text, (*flaws, "the tags are missing"))


def _as_call(value: Any, raw: str, flaws: tuple[str, ...]) -> WrittenCall:
    try:
        return _checked(value, flaws)
    except UnreadableAnswerError as error:
        return _unreadable(raw, str(error))


def _checked(value: Any, flaws: tuple[str, ...]) -> WrittenCall:
    if not isinstance(value, dict):
        raise UnreadableAnswerError(f"expected a JSON object, found {type(value).__name__}")
    if flaw := flaw_in(value):
        raise UnreadableAnswerError(flaw)
    given = dict(value)
    if "arguments" not in given and "parameters" in given:
        given["arguments"] = given.pop("parameters")
        flaws = (*flaws, 'the arguments are called "parameters"')
    name, written = given.pop("name", None), given.pop("arguments", None)
    if not isinstance(name, str) or not name.strip():
        raise UnreadableAnswerError('"name" must be the name of a function, as text')
    if given:
        names = ", ".join(map(one_line_json, given))
        raise UnreadableAnswerError(f'it takes "name" and "arguments" only, found {names}')
    arguments, more = read_arguments(written, "object")
    return WrittenCall(name, arguments, (*flaws, *more))


def _unreadable(raw: str, complaint: str) -> WrittenCall:
    named = _NAME.search(raw)
    return WrittenCall(name=named[1] if named else "", raw=raw.strip(), complaint=complaint)


def _flawed(call: WrittenCall, flaw: str) -> WrittenCall:
    return replace(call, flaws=(*call.flaws, flaw))


def _end(pattern: re.Pattern[str], text: str, start: int) -> int:
    """Say where a pattern ends that also matches nothing."""
    found = pattern.match(text, start)
    return found.end() if found else start
