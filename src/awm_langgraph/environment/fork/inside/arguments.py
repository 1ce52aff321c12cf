"""The check that the mcp package's server makes of a call before it is made, in its words."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from jsonschema.exceptions import SchemaError, best_match
from jsonschema.protocols import Validator
from jsonschema.validators import validator_for

Schemas = Mapping[str, dict[str, Any]]


class ArgumentCheck:
    """The tools' JSON schemas, compiled once. ``refused`` says why a tool cannot be called at all."""

    def __init__(self, schemas: Schemas, refused: Mapping[str, str]) -> None:
        self._refused = refused
        self._validators: dict[str, Validator] = {
            name: validator_for(schema)(schema) for name, schema in schemas.items()
        }

    def complaint(self, name: str, arguments: Mapping[str, Any]) -> str:
        """Say why a call is not made, or nothing."""
        if name not in self._validators:
            return f"Unknown tool: {name}"
        if name in self._refused:
            return self._refused[name]
        error = best_match(self._validators[name].iter_errors(arguments))
        return f"Input validation error: {error.message}" if error else ""

    def rehearse(self) -> None:
        """Check a call of every tool, for the effect on this process's caches."""
        for name in self._validators:
            # a schema may refer to what there is not; who calls the tool will be told
            with suppress(Exception):
                self.complaint(name, {"": None})


def schemas_of(listed: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Take the schemas out of an answer to ``tools/list``."""
    return {tool["name"]: tool["inputSchema"] for tool in listed["tools"]}


def faults_of(schemas: Schemas) -> dict[str, str]:
    """Say, by tool, what is wrong with the schemas that are no schemas; the mcp package finds that at every call."""
    faults = {}
    for name, schema in schemas.items():
        try:
            validator_for(schema).check_schema(schema)
        except SchemaError as error:
            faults[name] = str(error)
    return faults
