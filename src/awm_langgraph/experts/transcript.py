"""The calls of an episode as text that an expert reads."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence

from awm_langgraph.episode import ToolOutcome

RESULT_LIMIT_CHARACTERS = 1500
_BREAKS_A_LINE_OR_UTF8 = re.compile(r"[\x7f-\x9f\u2028\u2029\ud800-\udfff]")


def render_transcript(calls: Sequence[ToolOutcome], *, result_limit_characters: int = RESULT_LIMIT_CHARACTERS) -> str:
    """Write one line per call and its result under it, indented by four spaces.

    ::

        [step 3] create_trigger {"workflow_id": 4} -> ok
            {"id": 9, "workflow_id": 4}

    A call's line is never shortened, so that it can be parsed; a longer result is, and the text says so.
    """
    return "\n".join(line for call in calls for line in _lines(call, result_limit_characters)) or "(no calls yet)"


def one_line_json(value: object) -> str:
    """Write JSON that is one line for every reader and can be sent to every server, with readable letters."""
    text = json.dumps(value, ensure_ascii=False)
    return _BREAKS_A_LINE_OR_UTF8.sub(lambda match: f"\\u{ord(match.group()):04x}", text)


def shorten(text: str, limit_characters: int) -> str:
    """Cut a text that is too long and say by how much."""
    left_out = len(text) - limit_characters
    return text if left_out <= 0 else f"{text[:limit_characters]}\n[... {left_out} characters left out]"


def _lines(call: ToolOutcome, result_limit_characters: int) -> list[str]:
    # An agent can invent any name, also one with spaces or line ends in it.
    name = "_".join(call.name.split()) or "(unnamed)"
    head = f"[step {call.step}] {name} {one_line_json(call.arguments)} -> {call.kind}"
    return [head, *(f"    {line}" for line in shorten(call.text, result_limit_characters).splitlines())]
