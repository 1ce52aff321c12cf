"""The calls of an episode as text that an expert reads."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any, cast, get_args

from awm_langgraph.episode import CallKind, ToolOutcome, Value
from awm_langgraph.models.writing import one_line_json, shorten

RESULT_LIMIT_CHARACTERS = 1500
_HEAD = re.compile(r"^\[step (\d+)\] (\S+) (\{.*\}) -> (\w+)$", re.MULTILINE)


class TranscriptCall(Value):
    """What a transcript tells of one call, its result left aside."""

    name: str
    arguments: dict[str, Any]
    kind: CallKind


def render_transcript(calls: Sequence[ToolOutcome], *, result_limit_characters: int = RESULT_LIMIT_CHARACTERS) -> str:
    """Write one line per call and its result under it, indented by four spaces.

    ::

        [step 3] create_trigger {"workflow_id": 4} -> ok
            {"id": 9, "workflow_id": 4}

    A call's line is never shortened, so that it can be parsed; a longer result is, and the text says so.
    """
    return "\n".join(line for call in calls for line in _lines(call, result_limit_characters)) or "(no calls yet)"


def read_transcript(text: str) -> tuple[TranscriptCall, ...]:
    """Read the calls back from ``render_transcript``'s text; anything else is passed over."""
    kinds = get_args(CallKind)
    found: list[TranscriptCall] = []
    for head in _HEAD.finditer(text):
        try:
            arguments = json.loads(head[3])
        except (ValueError, RecursionError):
            continue
        if head[4] in kinds:
            found.append(TranscriptCall(name=head[2], arguments=arguments, kind=cast(CallKind, head[4])))
    return tuple(found)


def _lines(call: ToolOutcome, result_limit_characters: int) -> list[str]:
    # An agent can invent any name, also one with spaces or line ends in it.
    name = "_".join(call.name.split()) or "(unnamed)"
    head = f"[step {call.step}] {name} {one_line_json(call.arguments)} -> {call.kind}"
    return [head, *(f"    {line}" for line in shorten(call.text, result_limit_characters).splitlines())]
