"""Read what an expert's model wrote: advice, and success criteria."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from awm_langgraph.episode import Advice, PlanStep
from awm_langgraph.models.reading import DECODER, UnreadableAnswerError, find_object, flaw_in, text_of


def read_advice(text: str) -> Advice:
    """Read advice; unknown keys are ignored, absent ones are empty.

    Raises:
        UnreadableAnswerError: no such object is there, it says nothing, or a plan step names no tool.
    """
    return advice_of(find_object(text, Advice.model_fields))


def advice_of(found: Mapping[str, Any]) -> Advice:
    """Make advice of a JSON object; unknown keys are ignored, absent ones are empty.

    Raises:
        UnreadableAnswerError: it says nothing, or a plan step names no tool.
    """
    plan = found.get("plan") or []
    if not isinstance(plan, list | tuple):
        raise UnreadableAnswerError(f'"plan" must be a list of steps, found {type(plan).__name__}')
    advice = Advice(
        plan=tuple(_read_step(step, number) for number, step in enumerate(plan, start=1)),
        must_hold=_texts(found.get("must_hold")),
        final_answer=text_of(found.get("final_answer")),
        pitfalls=_texts(found.get("pitfalls")),
        notes=text_of(found.get("notes")),
    )
    if advice == Advice():
        raise UnreadableAnswerError("every field of the object is empty")
    return advice


def read_criteria(text: str) -> tuple[str, ...]:
    """Read success criteria; unknown keys are ignored.

    Raises:
        UnreadableAnswerError: no object with a list of criteria is there, or the list is empty.
    """
    criteria = _texts(find_object(text, ("criteria",))["criteria"])
    if not criteria:
        raise UnreadableAnswerError('"criteria" must be a list with at least one sentence, found none')
    return criteria


def _read_step(step: Any, number: int) -> PlanStep:
    if not isinstance(step, dict) or not isinstance(step.get("tool"), str):
        raise UnreadableAnswerError(f'plan step {number} must be an object with "tool", "arguments" and "why"')
    arguments = step.get("arguments") or {}
    if isinstance(arguments, str):
        # Models that write calls as text often write the arguments as JSON inside a string.
        with suppress(ValueError, RecursionError):
            arguments = DECODER.decode(arguments)
    if not isinstance(arguments, dict):
        raise UnreadableAnswerError(f'plan step {number}: "arguments" must be a JSON object')
    if flaw := flaw_in(arguments):
        raise UnreadableAnswerError(f'plan step {number}: "arguments" cannot be used: {flaw}')
    return PlanStep(tool=step["tool"], arguments=arguments, why=text_of(step.get("why")))


def _texts(value: Any) -> tuple[str, ...]:
    items = value if isinstance(value, list) else [value]
    return tuple(text for item in items if (text := text_of(item)))
