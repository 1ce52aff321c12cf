"""The schemas of a scenario's tools: written by its code, and read by this process for its models."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any, cast

from awm_langgraph.environment.protocol import schema_of
from awm_langgraph.errors import EnvironmentBuildError

if TYPE_CHECKING:
    from langchain_core.tools import BaseTool

_REFERENCES = ("$ref", "$dynamicRef", "$recursiveRef")


def check_schemas(tools: Sequence[BaseTool]) -> None:
    """Refuse schemas that are no JSON schemas, or that point outside themselves: whoever follows that fetches it.

    Raises:
        EnvironmentBuildError: a tool has such a schema.
    """
    for tool in tools:
        try:
            fault = _fault_in(json.dumps(schema_of(tool)))
        except RecursionError:
            fault = "it is nested too deeply"
        if fault:
            raise EnvironmentBuildError(f"the schema of tool {tool.name} cannot be used: {fault}")


@lru_cache(maxsize=4096)
def _fault_in(text: str) -> str:
    """Say what is wrong with a schema, or nothing; kept, because a scenario's tools are the same in every episode."""
    from jsonschema import FormatChecker
    from jsonschema.exceptions import SchemaError
    from jsonschema.validators import Draft202012Validator, validator_for

    schema = json.loads(text)
    outside = next((target for target in _references_in(schema) if not target.startswith("#")), None)
    if outside is not None:
        return f"it refers to {outside}, and may only refer to itself"
    try:
        kind = cast(type[Draft202012Validator], validator_for(schema, default=Draft202012Validator))
        # no formats: a pattern in another dialect than Python's is the server's own affair
        kind.check_schema(schema, format_checker=FormatChecker(formats=()))
    except SchemaError as error:
        return f"it is no JSON schema at {error.json_path}: {error.message.splitlines()[0][:200]}"
    return ""


def _references_in(schema: Any) -> Iterator[str]:
    if isinstance(schema, dict):
        yield from (schema[key] for key in _REFERENCES if isinstance(schema.get(key), str))
        schema = list(schema.values())
    if isinstance(schema, list):
        for part in schema:
            yield from _references_in(part)
