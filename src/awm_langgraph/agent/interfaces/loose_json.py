"""Read the one JSON object that a model meant to write, if what it wrote can mean one thing only."""

from __future__ import annotations

import json
import re
from typing import Any

from awm_langgraph.models.reading import DECODER, UnreadableAnswerError, flaw_in

_FENCE = "```"
_OPENING_FENCE = re.compile(r"```\w*\s")
_LITERALS = {"True": "true", "False": "false", "None": "null"}
_LOOSE_DECODER = json.JSONDecoder(strict=False, parse_constant=DECODER.parse_constant)
"""Also takes line ends and tabs inside strings."""
_TOKEN = re.compile(
    r"""(?P<double>"(?:[^"\\]|\\.?)*+"?)
      | (?P<single>'(?:[^'\\]|\\.?)*+'?)
      | (?P<literal>\b(?:True|False|None)\b)
      | (?P<comma>,(?=\s*[}\]]))""",
    re.VERBOSE | re.DOTALL,
)
"""What Python writes otherwise than JSON. A string without an end runs to the end of the text: no text takes long."""
_INSIDE_STRING = re.compile(r'\\(.)|"', re.DOTALL)


def read_object(text: str) -> tuple[dict[str, Any], tuple[str, ...]]:
    """Read an object that is the whole of ``text``; the second value says how it departs from JSON.

    A code fence around it, Python's quotes and literals, a comma too many and line ends inside strings are read.

    Raises:
        UnreadableAnswerError: it is no JSON object even so, or cannot be recorded.
    """
    flaws = []
    fenced = text.strip()
    if (opening := _OPENING_FENCE.match(fenced)) and fenced.endswith(_FENCE):
        text = fenced[opening.end() :].removesuffix(_FENCE)
        flaws.append("a code fence stands around the JSON")
    try:
        value = DECODER.decode(text)
    except RecursionError:
        raise UnreadableAnswerError("it is nested too deeply") from None
    except ValueError as error:
        value = _loosely(text, error)
        flaws.append("the JSON is not strict: its quotes, words, commas or line ends are not JSON's")
    if not isinstance(value, dict):
        raise UnreadableAnswerError(f"expected a JSON object, found {type(value).__name__}")
    if flaw := flaw_in(value):
        raise UnreadableAnswerError(flaw)
    return value, tuple(flaws)


def _loosely(text: str, complaint: ValueError) -> Any:
    """Read Python's way of writing too; what is wrong is said of the text as it was written."""
    try:
        return _LOOSE_DECODER.decode(_TOKEN.sub(_as_json, text))
    except (ValueError, RecursionError):
        raise UnreadableAnswerError(f"it is no valid JSON: {complaint}") from None


def _as_json(token: re.Match[str]) -> str:
    text = token[0]
    match token.lastgroup:
        case "literal":
            return _LITERALS[text]
        case "comma":
            return ""
        case _ if len(text) > 1 and text[-1] == text[0]:
            return f'"{_INSIDE_STRING.sub(_escaped, text[1:-1])}"'
        case _:
            return text


def _escaped(part: re.Match[str]) -> str:
    """Escape what JSON escapes inside a string, and nothing else."""
    if part[0] == '"':
        return '\\"'
    return "'" if part[1] == "'" else part[0]
