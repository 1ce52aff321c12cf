"""A figure beside its target, as every benchmark answers it and as it is printed."""

from __future__ import annotations

import argparse
import json
import statistics
from collections.abc import Callable, Iterable, Mapping
from typing import Any

Figures = dict[str, dict[str, Any]]
"""By name: ``value``, ``unit``, ``target`` and ``met`` (None without one), ``spawn`` (the reference's, or None)."""


def figure(
    values: Iterable[float],
    unit: str,
    *,
    at_most: float | None = None,
    at_least: float | None = None,
    spawn: Iterable[float] = (),
) -> dict[str, Any]:
    """Reduce measurements to their median, and compare it with its target."""
    value = statistics.median(values)
    reference = list(spawn)
    met = None
    if at_most is not None:
        met = value <= at_most
    elif at_least is not None:
        met = value >= at_least
    return {
        "value": round(value, 3),
        "unit": unit,
        "target": at_most if at_most is not None else at_least,
        "met": met,
        "spawn": round(statistics.median(reference), 3) if reference else None,
    }


def show(figures: Mapping[str, Mapping[str, Any]], *, as_json: bool) -> None:
    """Print figures as one JSON object, or as a table."""
    if as_json:
        print(json.dumps({"figures": figures}))
        return
    width = max(map(len, figures))
    for name, found in figures.items():
        verdict = {True: "met", False: "NOT MET", None: ""}[found["met"]]
        target = "" if found["target"] is None else f"target {found['target']:g}"
        spawn = "" if found["spawn"] is None else f"spawn {found['spawn']:g}"
        print(f"{name:{width}}  {found['value']:>10g} {found['unit']:<4} {target:<14} {verdict:<8} {spawn}")


def run(measure: Callable[[], Figures], description: str | None) -> None:
    """Be a benchmark's command line: measure and print."""
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    as_json = parser.parse_args().json
    show(measure(), as_json=as_json)
