"""Does a plan fit the tools it names?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from difflib import get_close_matches
from typing import Any

from jsonschema.exceptions import SchemaError, UnknownType
from referencing.exceptions import Unresolvable

from awm_langgraph.episode import PlanStep
from awm_langgraph.experts.consultation import ToolSchema
from awm_langgraph.experts.schema_check import checker_for
from awm_langgraph.models.writing import shorten

_MESSAGE_LIMIT_CHARACTERS = 300


def complaints_about(
    plan: Sequence[PlanStep], tools: Sequence[ToolSchema], *, is_catalogue_secret: bool = False
) -> tuple[str, ...]:
    """Say which steps name an unknown tool, or arguments that the tool's schema refuses; steps count from 1.

    To whom the catalogue is secret, a complaint says that a step does not fit, and not what would.

    An argument that the schema does not list is refused unless the schema says ``additionalProperties``: servers drop
    such arguments without a word, and the plan would not do what it says.
    """
    schemas = {tool.name: tool.input_schema for tool in tools}
    find = _bare_complaints_about_step if is_catalogue_secret else _complaints_about_step
    return tuple(
        f"plan step {number}: {complaint}"
        for number, step in enumerate(plan, start=1)
        for complaint in find(step, schemas)
    )


def _bare_complaints_about_step(step: PlanStep, schemas: Mapping[str, dict[str, Any]]) -> Iterator[str]:
    if step.tool not in schemas:
        yield f"there is no tool {step.tool!r}"
    elif any(_complaints_about_step(step, schemas)):
        yield f"{step.tool}: its arguments do not fit what the tool takes"


def _complaints_about_step(step: PlanStep, schemas: Mapping[str, dict[str, Any]]) -> Iterator[str]:
    if step.tool not in schemas:
        similar = get_close_matches(step.tool, schemas, n=1)
        yield f"there is no tool {step.tool!r}" + (f"; did you mean {similar[0]!r}?" if similar else "")
        return
    schema = schemas[step.tool]
    yield from (f"{step.tool}: {message}" for message in _wrong_names(step.arguments, schema))
    yield from (f"{step.tool}: {message}" for message in _wrong_values(step.arguments, schema))


def _wrong_names(arguments: Mapping[str, Any], schema: Mapping[str, Any]) -> Iterator[str]:
    for name in schema.get("required", ()):
        if name not in arguments:
            yield f"missing required argument {name!r}"
    if schema.get("additionalProperties") or "patternProperties" in schema:
        return
    known = schema.get("properties", {})
    for name in arguments:
        if name not in known:
            yield f"unknown argument {name!r}; it takes {', '.join(known) or 'none'}"


def _wrong_values(arguments: Mapping[str, Any], schema: dict[str, Any]) -> Iterator[str]:
    try:
        errors = sorted(checker_for(schema).iter_errors(arguments), key=lambda error: error.json_path)
    except (SchemaError, Unresolvable, UnknownType, RecursionError):
        return  # A broken schema is the server's fault and says nothing about the plan.
    for error in errors:
        is_about_names = error.validator in ("required", "additionalProperties") and not error.path
        if not is_about_names:
            message = shorten(error.message, _MESSAGE_LIMIT_CHARACTERS)
            yield f"argument {error.json_path.removeprefix('$.')!r}: {message}"
