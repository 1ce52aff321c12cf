"""One task's part of a scenario's ``verifiers.py``."""

from __future__ import annotations

import ast
import io
import re
from functools import lru_cache

from awm_langgraph.catalog.scenario import VerifierMode, VerifierSource
from awm_langgraph.catalog.syntax import syntax_tree

_TASK_FUNCTION = re.compile(r"verify_task_\d+(_evidence)?")


@lru_cache(maxsize=256)
def verifier_of(module: str, task_idx: int, mode: VerifierMode) -> VerifierSource | None:
    """Cut a module down to one task's verifier in one mode; None where the module has none.

    What is left holds the imports, the shared helpers and that one function: whoever reads the criteria of one task
    learns nothing of the others. What the function's docstring says is guidance for a judge, in sql mode.

    Raises:
        SyntaxError: The module is no Python.
    """
    function_name = f"verify_task_{task_idx}" + ("_evidence" if mode == "sql" else "")
    functions = [
        node
        for node in syntax_tree(module).body
        if isinstance(node, ast.FunctionDef) and _TASK_FUNCTION.fullmatch(node.name)
    ]
    own = next((node for node in functions if node.name == function_name), None)
    if own is None:
        return None
    lines = list(io.StringIO(module))
    for node in reversed([node for node in functions if node.name != function_name]):
        start, end = _lines_of(node, lines)
        del lines[start:end]
    guidance = (ast.get_docstring(own) or "") if mode == "sql" else ""
    code = "".join(lines).rstrip() + "\n"
    return VerifierSource(mode=mode, code=code, function_name=function_name, guidance=guidance)


def _lines_of(node: ast.FunctionDef, lines: list[str]) -> tuple[int, int]:
    """Return the slice of lines that a function takes: its decorators, the comment above it, the blank lines below."""
    start = min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)]) - 1
    while start > 0 and lines[start - 1].startswith("#"):
        start -= 1
    end = node.end_lineno or node.lineno
    while end < len(lines) and not lines[end].strip():
        end += 1
    return start, end
