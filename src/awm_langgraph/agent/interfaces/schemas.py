"""Ask a tool's schema what it allows, part by part."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote

from jsonschema.exceptions import SchemaError, UnknownType
from referencing.exceptions import Unresolvable

from awm_langgraph.experts.schema_check import checker_for

Schema = Mapping[str, Any]
SCHEMA_FAULTS = (SchemaError, UnknownType, Unresolvable, RecursionError, AttributeError, TypeError)
"""What jsonschema raises for a schema that is none; the last two where a reference leads to something that is none."""
_MOST_REFERENCES = 20


class CheckedSchema:
    """A tool's JSON schema, checked as ``experts.schema_check`` does.

    All it does may raise one of ``SCHEMA_FAULTS``.
    """

    def __init__(self, schema: Schema) -> None:
        self._validator = checker_for(schema)
        root = self._validator.schema
        self.root: Schema = root if isinstance(root, Mapping) else {}

    def allows(self, value: Any, part: Any) -> bool:
        """Tell whether a value is valid by a part of the schema."""
        return self._validator.evolve(schema=part).is_valid(value)

    def resolved(self, part: Any) -> Schema:
        """Follow references and single ``allOf``, up to where properties, items and alternatives stand."""
        for _ in range(_MOST_REFERENCES):
            match part:
                case {"$ref": str(reference)}:
                    part = self._at(reference)
                case {"allOf": [only]}:
                    part = only
                case _:
                    break
        return part if isinstance(part, Mapping) else {}

    def _at(self, reference: str) -> Any:
        """Follow a JSON pointer from the root; nothing is where none leads."""
        found: Any = self.root
        for step in unquote(reference.removeprefix("#")).split("/")[1:]:
            name = step.replace("~1", "/").replace("~0", "~")
            found = found.get(name) if isinstance(found, Mapping) else None
        return found
