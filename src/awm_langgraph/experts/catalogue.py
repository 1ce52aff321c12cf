"""The tools' schemas as text that an expert reads."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from awm_langgraph.experts.consultation import ToolSchema
from awm_langgraph.models.writing import one_line_json

_LIMITS = ("format", "pattern", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "minLength", "maxLength")


def render_tools(tools: Sequence[ToolSchema]) -> str:
    """Write every tool with its parameters, their types, which are required and what they mean.

    ::

        create_trigger: Add a trigger to a workflow.
          - workflow_id: integer, required. Id of the workflow.
          - kind: "schedule" | "event", optional.
    """
    return "\n".join(line for tool in tools for line in _tool_lines(tool))


def _tool_lines(tool: ToolSchema) -> list[str]:
    properties: Mapping[str, Any] = tool.input_schema.get("properties", {})
    required = tool.input_schema.get("required", ())
    lines = [f"{tool.name}: {_one_line(tool.description)}".rstrip(": ")]
    lines += [_parameter_line(name, schema, name in required) for name, schema in properties.items()]
    if not properties:
        lines.append("  (no parameters)")
    if definitions := tool.input_schema.get("$defs"):
        lines.append(f"  $defs: {one_line_json(definitions)}")
    return lines


def _parameter_line(name: str, schema: Any, is_required: bool) -> str:
    traits: Mapping[str, Any] = schema if isinstance(schema, Mapping) else {}
    necessity = "required" if is_required else "optional"
    default = f", default {one_line_json(traits['default'])}" if traits.get("default") is not None else ""
    return f"  - {name}: {_type_words(schema)}, {necessity}{default}. {_one_line(traits.get('description'))}".rstrip()


def _type_words(schema: Any) -> str:
    if not isinstance(schema, Mapping):
        return "any"
    if "enum" in schema:
        return " | ".join(one_line_json(value) for value in schema["enum"])
    if alternatives := schema.get("anyOf") or schema.get("oneOf"):
        return " or ".join(dict.fromkeys(_type_words(alternative) for alternative in alternatives))
    if "properties" in schema or "$ref" in schema:
        return one_line_json(schema)
    kind = schema.get("type", "any")
    words = " or ".join(kind) if isinstance(kind, list) else str(kind)
    if words == "array" and "items" in schema:
        words = f"array of {_type_words(schema['items'])}"
    limits = {key: schema[key] for key in _LIMITS if key in schema}
    return f"{words} {one_line_json(limits)}" if limits else words


def _one_line(text: Any) -> str:
    return " ".join(str(text or "").split())
