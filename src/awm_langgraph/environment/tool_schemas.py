"""The schemas of a scenario's tools: written by its code, and read by this process for its models."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any, cast

from awm_langgraph.environment.protocol import schema_of
from awm_langgraph.errors import EnvironmentBuildError

if TYPE_CHECKING:
    from jsonschema.protocols import Validator
    from langchain_core.tools import BaseTool
    from referencing import Registry

MOST_CHARACTERS = 200_000
MOST_PARTS = 20_000
"""Of one tool's schema: objects, lists and values. A check takes some hundred microseconds for each."""

_REFERENCES = ("$ref", "$dynamicRef", "$recursiveRef")


def check_schemas(tools: Sequence[BaseTool]) -> None:
    """Refuse schemas that are no JSON schemas, that are huge, or that point outside themselves: that gets fetched.

    Raises:
        EnvironmentBuildError: a tool has such a schema.
    """
    for tool in tools:
        try:
            fault = _fault_of(json.dumps(schema_of(tool)))
        except RecursionError:
            fault = "it is nested too deeply"
        if fault:
            raise EnvironmentBuildError(f"the schema of tool {tool.name} cannot be used: {fault}")


def _fault_of(text: str) -> str:
    if len(text) > MOST_CHARACTERS:
        return f"it has more than {MOST_CHARACTERS:,} characters"
    return _fault_in(text)


@lru_cache(maxsize=1024)
def _fault_in(text: str) -> str:
    """Say what is wrong with a schema, or nothing; kept, because a scenario's tools are the same in every episode."""
    from jsonschema.validators import Draft202012Validator, validator_for

    schema = json.loads(text)
    if sum(1 for _ in _parts_of(schema)) > MOST_PARTS:
        return f"it has more than {MOST_PARTS:,} parts"
    outside = next((target for target in _references_in(schema) if not target.startswith("#")), None)
    if outside is not None:
        return f"it refers to {outside}, and may only refer to itself"
    kind = validator_for(schema, default=Draft202012Validator)
    error = next(checker_of_schemas(kind).iter_errors(schema), None)
    if error is not None:
        return f"it is no JSON schema at {error.json_path}: {error.message.splitlines()[0][:200]}"
    return ""


@cache
def checker_of_schemas(kind: type[Validator]) -> Validator:
    """Make a validator for schemas of a dialect that takes a time linear in their size.

    Whether a list's entries are unique takes its square. Formats are not looked at: a pattern in another dialect than
    Python's is the server's own affair.
    """
    from jsonschema.validators import extend

    linear = extend(kind, {"uniqueItems": lambda *_: ()})  # type: ignore[no-untyped-call] # jsonschema does not type it
    return cast("Validator", linear(anonymous(kind.META_SCHEMA), registry=_dialects()))


@cache
def _dialects() -> Registry[Any]:
    """List the schemas of schemas without their dialects: where one is named, jsonschema checks everything again."""
    from jsonschema_specifications import REGISTRY  # type: ignore[import-untyped] # it comes with jsonschema, untyped
    from referencing import Registry
    from referencing.jsonschema import specification_with

    named = {uri: REGISTRY.contents(uri) for uri in REGISTRY}
    none: Registry[Any] = Registry()
    return none.with_resources(
        (uri, specification_with(schema["$schema"]).create_resource(anonymous(schema))) for uri, schema in named.items()
    )


def anonymous(schema: Mapping[str, Any]) -> dict[str, Any]:
    """Leave out a schema's dialect: for a part that names one jsonschema goes back to checking everything."""
    return {name: part for name, part in schema.items() if name != "$schema"}


def _references_in(schema: Any) -> Iterator[str]:
    for part in _parts_of(schema):
        if isinstance(part, dict):
            yield from (part[key] for key in _REFERENCES if isinstance(part.get(key), str))


def _parts_of(schema: Any) -> Iterator[Any]:
    pending = [schema]
    while pending:
        part = pending.pop()
        yield part
        if isinstance(part, dict):
            pending += part.values()
        elif isinstance(part, list):
            pending += part
