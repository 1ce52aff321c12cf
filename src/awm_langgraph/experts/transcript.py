"""The calls of an episode as text that an expert reads."""

from __future__ import annotations

from collections.abc import Sequence

from awm_langgraph.episode import ToolOutcome
from awm_langgraph.models.writing import one_line_json, shorten

RESULT_LIMIT_CHARACTERS = 1500


def render_transcript(calls: Sequence[ToolOutcome], *, result_limit_characters: int = RESULT_LIMIT_CHARACTERS) -> str:
    """Write one line per call and its result under it, indented by four spaces.

    ::

        [step 3] create_trigger {"workflow_id": 4} -> ok
            {"id": 9, "workflow_id": 4}

    A call's line is never shortened, so that it can be parsed; a longer result is, and the text says so.
    """
    return "\n".join(line for call in calls for line in _lines(call, result_limit_characters)) or "(no calls yet)"


def _lines(call: ToolOutcome, result_limit_characters: int) -> list[str]:
    # An agent can invent any name, also one with spaces or line ends in it.
    name = "_".join(call.name.split()) or "(unnamed)"
    head = f"[step {call.step}] {name} {one_line_json(call.arguments)} -> {call.kind}"
    return [head, *(f"    {line}" for line in shorten(call.text, result_limit_characters).splitlines())]
