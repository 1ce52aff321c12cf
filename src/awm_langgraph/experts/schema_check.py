"""Check values against a JSON schema that somebody else wrote: nothing is fetched, no regular expression is matched."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any, cast

from jsonschema.exceptions import SchemaError
from jsonschema.protocols import Validator
from jsonschema.validators import extend, validator_for
from referencing import Registry

from awm_langgraph.environment.tool_schemas import anonymous, checker_of_schemas


def checker_for(schema: Mapping[str, Any]) -> Validator:
    """Make a validator of a schema.

    Raises:
        SchemaError: it is no schema; ``UnknownType``, ``Unresolvable`` or ``RecursionError`` come when it is used.
    """
    kind = validator_for(schema)
    error = next(checker_of_schemas(kind).iter_errors(dict(schema)), None)
    if error is not None:
        raise SchemaError.create_from(error)
    return _without_patterns(kind)(anonymous(schema), registry=Registry())


@cache
def _without_patterns(kind: type[Validator]) -> type[Validator]:
    """Drop what matches regular expressions: a schema's author chooses them, and one may take for ever to match."""
    check_others = kind.VALIDATORS["additionalProperties"]

    def check_others_by_name(validator: Validator, value: Any, instance: Any, schema: Any) -> Any:
        return () if "patternProperties" in schema else check_others(validator, value, instance, schema)

    unchecked = dict.fromkeys(("pattern", "patternProperties", "unevaluatedProperties"), lambda *_: ())
    checks = {**unchecked, "additionalProperties": check_others_by_name}
    return cast(type[Validator], extend(kind, checks))  # type: ignore[no-untyped-call] # jsonschema does not type it
