"""Does a text quote the code that checks a task? And the text without it."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from awm_langgraph.catalog.syntax import syntax_tree
from awm_langgraph.episode import Advice

LEFT_OUT = "[left out]"
"""Stands where a quotation was."""
_SHORTEST_LINE_CHARACTERS = 30
_SHORTEST_QUERY_CHARACTERS = 20
_QUERY = re.compile(
    r"select\s.*\sfrom\s|with\s+\w+\s+as\s*\(|pragma\s+\w|insert\s+into\s|update\s+\S+\s+set\s|delete\s+from\s",
    re.IGNORECASE | re.DOTALL,
)
_BEGINNING = re.compile(r"(?:return|assert|if|elif|while|not|[\w.,\[\]'\" ]+ [-+]?=) ?(?P<rest>.*)")


def telling_pieces(code: str, *, public_text: str = "") -> tuple[str, ...]:
    """Choose from code the pieces that are surely code, longest first; what ``public_text`` says too is none.

    They are lines with a call, a comparison or an assignment in them, what stands behind a line's ``return``, ``if`` or
    ``name =``, and queries inside texts; each with single spaces.
    """
    pieces = {piece for line in code.splitlines() for piece in _pieces_of_line(_squeezed(line))}
    queries = (_squeezed(text) for text in strings_in(code) if _QUERY.match(text.strip()))
    pieces.update(query for query in queries if len(query) >= _SHORTEST_QUERY_CHARACTERS)
    public = _squeezed(public_text)
    return tuple(sorted((piece for piece in pieces if piece not in public), key=lambda piece: (-len(piece), piece)))


def quotes(text: str, pieces: Sequence[str]) -> bool:
    """Tell whether a text holds one of the pieces, however it is broken into lines."""
    squeezed = _squeezed(text)
    return any(piece in squeezed for piece in pieces)


def quoting_parts(advice: Advice, pieces: Sequence[str]) -> tuple[str, ...]:
    """Name the fields of an advice that quote the code, ``plan`` for any of its steps."""
    return tuple(
        name for name, value in advice.model_dump().items() if any(quotes(text, pieces) for text in texts_in(value))
    )


def without_quotes(advice: Advice, pieces: Sequence[str]) -> Advice:
    """Put a mark in the place of every quotation."""
    patterns = [re.compile(r"\s+".join(map(re.escape, piece.split()))) for piece in pieces]

    def cleaned(text: str) -> str:
        for pattern in patterns:
            text = pattern.sub(LEFT_OUT, text)
        return text

    return Advice.model_validate(_changed(advice.model_dump(), cleaned))


def texts_in(value: Any) -> Iterator[str]:
    """Walk through the texts of a JSON value, keys included."""
    match value:
        case str():
            yield value
        case dict():
            for key, part in value.items():
                yield key
                yield from texts_in(part)
        case list() | tuple():
            for part in value:
                yield from texts_in(part)


def strings_in(code: str) -> tuple[str, ...]:
    """List the texts that Python code holds as values: no names of columns or keys. None where it cannot be parsed."""
    try:
        tree = syntax_tree(code)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return ()
    names = {id(name) for node in ast.walk(tree) for name in _names_in(node)}
    texts = (node for node in ast.walk(tree) if isinstance(node, ast.Constant) and id(node) not in names)
    return tuple(node.value for node in texts if isinstance(node.value, str))


def _names_in(node: ast.AST) -> Iterator[ast.AST]:
    if isinstance(node, ast.Subscript):
        yield node.slice
    elif isinstance(node, ast.Dict):
        yield from filter(None, node.keys)


def _pieces_of_line(line: str) -> Iterator[str]:
    while line:
        line = line.rstrip(" ,:\\")
        if len(line) >= _SHORTEST_LINE_CHARACTERS and ("(" in line or "=" in line):
            yield line
        beginning = _BEGINNING.fullmatch(line)
        line = beginning["rest"] if beginning else ""


def _changed(value: Any, change: Callable[[str], str]) -> Any:
    match value:
        case str():
            return change(value)
        case dict():
            return {change(key): _changed(part, change) for key, part in value.items()}
        case list() | tuple():
            return [_changed(part, change) for part in value]
    return value


def _squeezed(text: str) -> str:
    return " ".join(text.split())
