"""Do arguments fit a tool of a user's own? Asked before the call, so that a refusal is never taken for a failure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from awm_langgraph.environment.protocol import schema_of

if TYPE_CHECKING:
    from langchain_core.tools import BaseTool


def complaint_about(tool: BaseTool, arguments: dict[str, Any]) -> str:
    """Say in one line what is wrong with a call's arguments, or nothing.

    A tool made of Python code is asked as LangChain asks it, which reads ``"4"`` as a number; one that has only a JSON
    schema, as MCP's have, is held to the schema.
    """
    from pydantic import BaseModel, ValidationError

    if isinstance(tool.args_schema, dict):
        return _complaint_of_schema(schema_of(tool), arguments)
    schema = tool.tool_call_schema
    if not (isinstance(schema, type) and issubclass(schema, BaseModel)):
        return ""
    try:
        schema.model_validate(arguments)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        return f"{place}: {first['msg']}" if place else first["msg"]
    return ""


def _complaint_of_schema(schema: dict[str, Any], arguments: dict[str, Any]) -> str:
    from jsonschema.exceptions import best_match
    from jsonschema.validators import validator_for
    from referencing import Registry

    # an empty registry: a schema that points elsewhere must not make this process fetch anything
    found = best_match(validator_for(schema)(schema, registry=Registry()).iter_errors(arguments))
    return " ".join(found.message.split()) if found else ""
