"""LangSmith's side of the work: prompts in its hub, data sets, evaluators, experiments.

What code of a user's own needs is here; names are resolved on first use.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from awm_langgraph.evaluation.evaluators import EVALUATORS, results_of
    from awm_langgraph.evaluation.pairwise import compare
    from awm_langgraph.evaluation.target import open_target
    from awm_langgraph.evaluation.tree import trace_tree

__all__ = ["EVALUATORS", "compare", "open_target", "results_of", "trace_tree"]

_HOMES = {
    "EVALUATORS": "evaluators",
    "compare": "pairwise",
    "open_target": "target",
    "results_of": "evaluators",
    "trace_tree": "tree",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
