"""Tell what came of a call from its structure: who refused it, and with which status."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from jsonschema.exceptions import best_match
from jsonschema.protocols import Validator
from jsonschema.validators import validator_for

from awm_langgraph.environment.result_meta import REFUSED_REQUEST_META, STATUS_META
from awm_langgraph.episode import CallKind


class ArgumentCheck:
    """The tools' JSON schemas, each compiled once."""

    def __init__(self, schemas: Mapping[str, Mapping[str, Any]]) -> None:
        self._validators: dict[str, Validator] = {
            name: validator_for(schema)(schema) for name, schema in schemas.items()
        }

    def knows(self, name: str) -> bool:
        """Tell whether the catalogue has a tool of that name."""
        return name in self._validators

    def complaint(self, name: str, arguments: Mapping[str, Any]) -> str:
        """Say what is wrong with a known tool's arguments, in the words an MCP server uses, or nothing."""
        error = best_match(self._validators[name].iter_errors(arguments))
        return f"Input validation error: {error.message}" if error else ""


def kind_of_result(is_error: bool, meta: Mapping[str, Any]) -> CallKind:
    """Classify an MCP result by its error flag and the HTTP status in its metadata, never by its text."""
    if not is_error:
        return "ok"
    if meta.get(REFUSED_REQUEST_META):
        return "invalid_args"
    status = meta.get(STATUS_META)
    return "rejected" if isinstance(status, int) and 400 <= status < 500 else "server_error"
