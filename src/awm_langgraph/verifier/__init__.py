"""Decide from the databases whether a task was done.

``verify`` runs a task's verifier and its control in confined children and answers a verdict; ``verify_sql`` has a judge
decide, ``verify_both`` does both. The names are found on first use: the children import from this package too and want
little of it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from awm_langgraph.verifier.judge import Case, Judge
    from awm_langgraph.verifier.judged import Bench, Sources, verify_both, verify_sql
    from awm_langgraph.verifier.run import VerifierRun, run_verifier
    from awm_langgraph.verifier.verdict import verify

__all__ = [
    "Bench",
    "Case",
    "Judge",
    "Sources",
    "VerifierRun",
    "run_verifier",
    "verify",
    "verify_both",
    "verify_sql",
]

_HOMES = {
    "Bench": "judged",
    "Case": "judge",
    "Judge": "judge",
    "Sources": "judged",
    "VerifierRun": "run",
    "run_verifier": "run",
    "verify": "verdict",
    "verify_both": "judged",
    "verify_sql": "judged",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
