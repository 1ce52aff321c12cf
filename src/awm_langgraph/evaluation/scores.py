"""What evaluators said about many episodes, summed up. Pure functions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from statistics import fmean
from typing import Any

from pydantic import Field

from awm_langgraph.episode import Value


class Score(Value):
    """What one evaluator said: the mean of its scores over ``count`` episodes, or how often it gave each value."""

    key: str
    count: int
    mean: float | None = None
    values: dict[str, int] = Field(default_factory=dict)


class Comparison(Value):
    """How often an experiment's episodes were better than its rival's: 1 is always, 0.5 as often as not."""

    experiment: str
    rival: str
    url: str
    scores: tuple[Score, ...]


class Evaluation(Value):
    """One condition's episodes and what was said about them; ``url`` is the experiment's, where there is one."""

    condition: str
    run_id: str
    episodes: int
    is_scripted: bool
    scores: tuple[Score, ...]
    experiment: str = ""
    url: str = ""
    comparison: Comparison | None = None


def summed_up(results: Iterable[Mapping[str, Any]]) -> tuple[Score, ...]:
    """Sum results up by their keys, in the order in which they first came."""
    by_key: dict[str, list[Mapping[str, Any]]] = {}
    for one in results:
        by_key.setdefault(str(one["key"]), []).append(one)
    return tuple(_score(key, ones) for key, ones in by_key.items())


def _score(key: str, results: Sequence[Mapping[str, Any]]) -> Score:
    scores = [float(one["score"]) for one in results if one.get("score") is not None]
    values = Counter(str(one["value"]) for one in results if one.get("value") is not None)
    return Score(key=key, count=len(results), mean=fmean(scores) if scores else None, values=dict(values))
