"""Read a transcript the way an expert or a judge has to: from its text."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from awm_langgraph.episode import Call
from awm_langgraph.models.scripted.situation import Situation

_SUCCESS = re.compile(r"^\[step \d+\] (?P<tool>\S+) (?P<arguments>\{.*\}) -> ok\b", re.MULTILINE)
"""A call that succeeded, as a prompt lists it: ``[step 3] create_trigger {"workflow_id": 4} -> ok``."""
_END = re.compile(r"^\[step \d+\] .* -> (?P<kind>\w+)$", re.MULTILINE)
"""How any call ended."""


def succeeded_calls(situation: Situation) -> list[Call]:
    """List the calls that succeeded, in order, as the conversation tells of them."""
    return [call for message in situation.messages for call in _calls_in(str(message.text))]


def last_ending(situation: Situation) -> str:
    """Name how the latest call ended, as the conversation tells of it; "ok" where it tells of none."""
    endings = [end["kind"] for message in situation.messages for end in _END.finditer(str(message.text))]
    return endings[-1] if endings else "ok"


def _calls_in(text: str) -> Iterator[Call]:
    for line in _SUCCESS.finditer(text):
        try:
            arguments = json.loads(line["arguments"])
        except ValueError:
            continue
        yield Call(tool=line["tool"], arguments=arguments)
