"""Advice as the text that the agent reads."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from awm_langgraph.episode import Advice, PlanStep
from awm_langgraph.experts.paragraphs import render_paragraphs
from awm_langgraph.models.writing import one_line_json


def render_advice(advice: Advice, complaints: Sequence[str], number: int, remaining: int) -> str:
    """Fill ``prompts/advice.md`` in; a paragraph without content is left out.

    Every plan step is one line ``1. tool_name {"argument": "value"}`` with its reason indented under it; the last line
    is ``Final answer: ...`` when the advice gives one. No other line starts like these, whatever the expert wrote.

    Args:
        advice: what the expert answered.
        complaints: which plan steps do not fit the tools' schemas.
        number: the consultation's number in the episode, from 1.
        remaining: the consultations left after it.
    """
    return render_paragraphs(
        "advice",
        number=number,
        remaining=remaining,
        plan="\n".join(_step_lines(advice.plan)),
        complaints="\n".join(_items(complaints)),
        must_hold="\n".join(_items(advice.must_hold)),
        pitfalls="\n".join(_items(advice.pitfalls)),
        notes="\n".join(f"> {line}" for line in advice.notes.splitlines() if line.strip()),
        final_answer=_one_line(advice.final_answer),
    )


def _step_lines(plan: Sequence[PlanStep]) -> Iterable[str]:
    for number, step in enumerate(plan, start=1):
        yield f"{number}. {_one_line(step.tool)} {one_line_json(step.arguments)}"
        if step.why:
            yield f"   why: {_one_line(step.why)}"


def _items(texts: Iterable[str]) -> Iterable[str]:
    return (f"- {_one_line(text)}" for text in texts)


def _one_line(text: str) -> str:
    return " ".join(text.split())
