"""Python code as a syntax tree, from any thread."""

from __future__ import annotations

import ast
import threading
import warnings

_ONE_AT_A_TIME = threading.Lock()


def syntax_tree(code: str) -> ast.Module:
    """Parse a module without running it, and without a word about what is merely odd in it.

    One at a time: Python 3.11 before 3.11.8 counts the depth of all parsers together, and fails with a ``SystemError``
    when two threads parse at once (python/cpython#106905); which warnings are shown is the process's affair too.

    Raises:
        SyntaxError: it is no Python.
        ValueError: it holds a null byte.
        RecursionError: it is nested too deeply; a ``MemoryError`` where it is even deeper.
    """
    with _ONE_AT_A_TIME, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return ast.parse(code)
