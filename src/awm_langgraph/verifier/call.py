"""Load a verifier's code and call its function. Runs in the confined child only."""

from __future__ import annotations

import ast
import inspect
import sys
import types
from collections.abc import Callable
from itertools import islice
from typing import Any

from awm_langgraph.verifier.protocol import Mode

MODULE_NAME = "verifier_code"
FILE_NAME = "<verifier>"

_BY_NAME = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)


def call(code: str, function_name: str, mode: Mode, initial: str, final: str, final_answer: str) -> Any:
    """Run the code as a module and answer what its verifier function returns.

    Raises:
        BaseException: Whatever the code raises, ``SystemExit`` among it.
        LookupError: It has no such function.
    """
    module = types.ModuleType(MODULE_NAME)
    # Where dataclasses, pickle and typing look a class's module up.
    sys.modules[MODULE_NAME] = module
    exec(compile(code, FILE_NAME, "exec", dont_inherit=True), module.__dict__)  # noqa: S102 -- this is what it is for
    function = _function(module.__dict__, code, function_name)
    offered = {"initial_db_path": initial, "final_db_path": final, "final_answer": final_answer}
    positional, named = _arguments(function, offered, mode)
    return function(*positional, **named)


def _function(namespace: dict[str, Any], code: str, name: str) -> Callable[..., Any]:
    """Take the function of that name, else the first ``def verify...`` of the code."""
    function: Callable[..., Any] | None = namespace.get(name)
    if not callable(function):
        function = namespace.get(_first_verify(code))
    if callable(function):
        return function
    raise LookupError(f"the code has no function {name!r} and no function whose name begins with 'verify'")


def _first_verify(code: str) -> str:
    """Name the first of them. Taking source apart costs more than running many a verifier: only where it must be."""
    defined = [node.name for node in ast.parse(code).body if isinstance(node, ast.FunctionDef)]
    return next((found for found in defined if found.startswith("verify")), "")


def _arguments(function: Callable[..., Any], offered: dict[str, str], mode: Mode) -> tuple[list[str], dict[str, str]]:
    """Match what is offered to the parameters: by name where the names agree, the rest in order."""
    parameters = inspect.signature(function).parameters.values()
    named = {p.name: offered[p.name] for p in parameters if p.name in offered and p.kind in _BY_NAME}
    rest = iter([text for name, text in offered.items() if name not in named])
    positional: list[str] = []
    for parameter in parameters:
        if parameter.kind is parameter.VAR_POSITIONAL:
            # A wrapper that hides the verifier's own parameters: two of them in sql mode.
            positional += [] if named else list(rest)[: 2 if mode == "sql" else 3]
        elif parameter.kind is parameter.POSITIONAL_ONLY:
            positional += islice(rest, 1)
        elif parameter.kind in _BY_NAME and parameter.name not in named and _is_fillable(parameter):
            named.update(zip([parameter.name], rest, strict=False))
    return positional, named


def _is_fillable(parameter: inspect.Parameter) -> bool:
    """Leave alone what has a default of another kind, such as ``strict=True``: it is an option, not the answer."""
    return parameter.default in (parameter.empty, None, "")
