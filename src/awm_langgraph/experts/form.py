"""What a person fills in to give advice."""

from __future__ import annotations

import re
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from awm_langgraph.episode import Advice, PlanStep
from awm_langgraph.models.reading import DECODER, flaw_in

_LINE = re.compile(r"\s*(?:\d+[.)]\s+)?(?P<tool>[^\s{}]+)\s*(?P<arguments>\{.*\})?\s*")
_EXAMPLE = 'tool_name {"argument": "value"}'


class AdviceForm(BaseModel):
    """Advice from a person: at least one field. A plain text instead of the form counts as its notes."""

    model_config = ConfigDict(frozen=True, extra="forbid", title="Advice")

    plan_text: str = Field(
        "",
        title="Plan",
        description=f"The calls to make, in order, one per line: {_EXAMPLE}",
        json_schema_extra={"format": "textarea"},
    )
    notes: str = Field("", description="Anything else the agent should know.")
    final_answer: str = Field("", description="What the agent must say at the end. Empty: anything will do.")
    must_hold: str = Field("", description="What must be true in the end, one fact per line.")
    pitfalls: str = Field("", description="Mistakes to avoid, one per line.")
    plan: tuple[PlanStep, ...] = Field((), description="The plan as data, instead of the text above.")

    def advice(self) -> Advice:
        """Put the form in the shape that every expert answers in."""
        return Advice(
            plan=self.plan or tuple(_steps(self.plan_text)),
            must_hold=_lines(self.must_hold),
            final_answer=self.final_answer.strip(),
            pitfalls=_lines(self.pitfalls),
            notes=self.notes.strip(),
        )

    @model_validator(mode="before")
    @classmethod
    def _text_is_notes(cls, given: Any) -> Any:
        return {"notes": given} if isinstance(given, str) else given

    @field_validator("must_hold", "pitfalls", mode="before")
    @classmethod
    def _list_is_lines(cls, given: Any) -> Any:
        is_list = isinstance(given, list | tuple) and all(isinstance(item, str) for item in given)
        return "\n".join(given) if is_list else given

    @model_validator(mode="after")
    def _can_be_shown(self) -> Self:
        if self.plan and self.plan_text.strip():
            raise ValueError("expected plan_text or plan, found both: leave one of them out")
        if self.advice() == Advice():
            raise ValueError("expected a plan, notes or a final answer, found an empty form: say something")
        if flaw := flaw_in(self.advice().model_dump(mode="json")):
            raise ValueError(f"the advice cannot be recorded: {flaw}")
        return self


def _steps(text: str) -> list[PlanStep]:
    numbered = ((number, line) for number, line in enumerate(text.splitlines(), start=1) if line.strip())
    return [_step(line, number) for number, line in numbered]


def _step(line: str, number: int) -> PlanStep:
    found = _LINE.fullmatch(line)
    if found is None:
        raise ValueError(f"plan_text, line {number}: expected {_EXAMPLE}, found {line.strip()!r}")
    try:
        arguments = DECODER.decode(found["arguments"] or "{}")
    except (ValueError, RecursionError) as error:
        raise ValueError(f"plan_text, line {number}: the arguments are no JSON object: {error}") from None
    return PlanStep(tool=found["tool"], arguments=arguments)


def _lines(text: str) -> tuple[str, ...]:
    return tuple(line.strip() for line in text.splitlines() if line.strip())
