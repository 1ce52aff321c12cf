"""Read advice the way an agent has to: from its text."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from awm_langgraph.episode import Call

_PLAN_LINE = re.compile(r"^\s*\d+[.)]\s+`?(?P<tool>[A-Za-z_][\w.-]*)`?\s*(?P<arguments>\{.*)$")
_FINAL_ANSWER = re.compile(r"^\s*\**Final answer:\**[ \t]*(?P<text>.*?)(?:\n\s*\n|\Z)", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class ReadAdvice:
    """What a text advises: the calls to make in order, and what to answer at the end ("" where it does not say)."""

    plan: tuple[Call, ...]
    final_answer: str

    @property
    def is_empty(self) -> bool:
        """Tell whether the text advises nothing that can be followed."""
        return not self.plan and not self.final_answer


def read_advice(text: str) -> ReadAdvice:
    """Find the lines ``1. tool_name {"json": "arguments"}`` and the paragraph that starts ``Final answer:``."""
    final = _FINAL_ANSWER.search(text)
    return ReadAdvice(tuple(_plan(text)), final["text"].strip() if final else "")


def remaining(calls: Iterable[Call], made: Iterable[Call]) -> list[Call]:
    """List the calls still to be made, in order; each call made settles one that equals it."""
    settled = list(made)
    left = []
    for call in calls:
        if call in settled:
            settled.remove(call)
        else:
            left.append(call)
    return left


def _plan(text: str) -> Iterator[Call]:
    for line in text.splitlines():
        if found := _PLAN_LINE.match(line):
            try:
                arguments, _ = json.JSONDecoder().raw_decode(found["arguments"])
            except ValueError:
                continue
            yield Call(tool=found["tool"], arguments=arguments)
