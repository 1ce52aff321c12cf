"""Ask a tool's schema what it allows, part by part."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast
from urllib.parse import unquote

from jsonschema.exceptions import SchemaError, UnknownType
from jsonschema.protocols import Validator
from jsonschema.validators import extend, validator_for
from referencing import Registry
from referencing.exceptions import Unresolvable

Schema = Mapping[str, Any]
SCHEMA_FAULTS = (SchemaError, UnknownType, Unresolvable, RecursionError, AttributeError, TypeError)
"""What jsonschema raises for a schema that is none; the last two where a reference leads to something that is none."""
_MOST_REFERENCES = 20


class CheckedSchema:
    """A tool's JSON schema. Nothing is fetched, and regular expressions are not matched.

    All it does may raise one of ``SCHEMA_FAULTS``.
    """

    def __init__(self, schema: Schema) -> None:
        kind = validator_for(schema)
        kind.check_schema(dict(schema))
        # Without its dialect's name: for a part that has one jsonschema goes back to checking everything.
        self.root = {name: part for name, part in schema.items() if name != "$schema"}
        self._validator = _without_patterns(kind)(self.root, registry=Registry())

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


def _without_patterns(kind: type[Validator]) -> type[Validator]:
    """Drop what matches regular expressions: a scenario's author chooses them, and one may take for ever to match."""
    check_others = kind.VALIDATORS["additionalProperties"]

    def check_others_by_name(validator: Validator, value: Any, instance: Any, schema: Any) -> Any:
        return () if "patternProperties" in schema else check_others(validator, value, instance, schema)

    unchecked = dict.fromkeys(("pattern", "patternProperties", "unevaluatedProperties"), lambda *_: ())
    checks = {**unchecked, "additionalProperties": check_others_by_name}
    return cast(type[Validator], extend(kind, checks))  # type: ignore[no-untyped-call] # jsonschema does not type it
