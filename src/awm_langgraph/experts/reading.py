"""Read what an expert's model wrote: one JSON object, wherever it stands in the text."""

from __future__ import annotations

import json
import re
from collections.abc import Collection
from contextlib import suppress
from typing import Any, NoReturn

from awm_langgraph.episode import Advice, PlanStep


class UnreadableAnswerError(ValueError):
    """A model's text cannot be read; the message is a complaint that the model can act on."""


def read_advice(text: str) -> Advice:
    """Read advice; unknown keys are ignored, absent ones are empty.

    Raises:
        UnreadableAnswerError: no such object is there, it says nothing, or a plan step names no tool.
    """
    found = _find_object(text, Advice.model_fields)
    plan = found.get("plan") or []
    if not isinstance(plan, list):
        raise UnreadableAnswerError(f'"plan" must be a list of steps, found {type(plan).__name__}')
    advice = Advice(
        plan=tuple(_read_step(step, number) for number, step in enumerate(plan, start=1)),
        must_hold=_texts(found.get("must_hold")),
        final_answer=_text(found.get("final_answer")),
        pitfalls=_texts(found.get("pitfalls")),
        notes=_text(found.get("notes")),
    )
    if advice == Advice():
        raise UnreadableAnswerError("every field of the object is empty")
    return advice


def read_criteria(text: str) -> tuple[str, ...]:
    """Read success criteria; unknown keys are ignored.

    Raises:
        UnreadableAnswerError: no object with a list of criteria is there, or the list is empty.
    """
    criteria = _texts(_find_object(text, ("criteria",))["criteria"])
    if not criteria:
        raise UnreadableAnswerError('"criteria" must be a list with at least one sentence, found none')
    return criteria


def _find_object(text: str, expected: Collection[str]) -> dict[str, Any]:
    """Find the last JSON object with an expected key.

    After an object that is broken only one with two of the keys counts: it could be the arguments of a step inside it.
    """
    found: dict[str, Any] | None = None
    complaint = ""
    needed = 1
    start = text.find("{")
    while start >= 0:
        try:
            value, end = _DECODER.raw_decode(text, start)
        except RecursionError:
            raise UnreadableAnswerError("the JSON is nested too deeply") from None
        except ValueError as error:
            complaint = complaint or f"the JSON cannot be read: {error}"
            needed, end = min(2, len(expected)), start + 1
        else:
            found = value if sum(key in value for key in expected) >= needed else found
        start = text.find("{", end)
    if found is None:
        raise UnreadableAnswerError(complaint or f"there is no JSON object with the keys {', '.join(expected)}")
    if _SURROGATE.search(json.dumps(found, ensure_ascii=False)):
        raise UnreadableAnswerError("an escape in the JSON is half a character: write characters as they are")
    return found


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON number")


_SURROGATE = re.compile(r"[\ud800-\udfff]")
_DECODER = json.JSONDecoder(parse_constant=_refuse_constant)


def _read_step(step: Any, number: int) -> PlanStep:
    if not isinstance(step, dict) or not isinstance(step.get("tool"), str):
        raise UnreadableAnswerError(f'plan step {number} must be an object with "tool", "arguments" and "why"')
    arguments = step.get("arguments") or {}
    if isinstance(arguments, str):
        # Models that write calls as text often write the arguments as JSON inside a string.
        with suppress(ValueError, RecursionError):
            arguments = _DECODER.decode(arguments)
    if not isinstance(arguments, dict):
        raise UnreadableAnswerError(f'plan step {number}: "arguments" must be a JSON object')
    return PlanStep(tool=step["tool"], arguments=arguments, why=_text(step.get("why")))


def _texts(value: Any) -> tuple[str, ...]:
    items = value if isinstance(value, list) else [value]
    return tuple(text for item in items if (text := _text(item)))


def _text(value: Any) -> str:
    if value is None:
        return ""
    return value.strip() if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
