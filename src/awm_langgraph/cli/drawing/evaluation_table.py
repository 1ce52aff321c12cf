"""Evaluations beside one another."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.console import RenderableType
from rich.text import Text

from awm_langgraph.cli.drawing.layout import SCRIPTED, plain_table
from awm_langgraph.cli.text import one_line
from awm_langgraph.evaluation.scores import Evaluation, Score


def draw_evaluations(evaluations: Sequence[Evaluation]) -> Iterator[RenderableType]:
    """Draw one column per condition, and where the episodes are."""
    names = ["\n".join([one.condition, *([SCRIPTED[0]] if one.is_scripted else [])]) for one in evaluations]
    table = plain_table("", *names, numbers=tuple(names))
    table.columns[0].no_wrap = True
    table.add_row("episodes", *(str(one.episodes) for one in evaluations))
    keys = dict.fromkeys(score.key for one in evaluations for score in _scores(one))
    for key in keys:
        table.add_row(key.replace("_", " "), *(_cell(key, one) for one in evaluations))
    yield table
    yield Text()
    for one in evaluations:
        yield Text(one_line(f"{one.condition}: run {one.run_id} {one.experiment} {one.url}"), no_wrap=True)
        if one.comparison:
            told = f"{one.condition} against {one.comparison.rival}: {one.comparison.url}"
            yield Text(one_line(told), no_wrap=True)


def _scores(evaluation: Evaluation) -> tuple[Score, ...]:
    """Give what was said of its episodes, and of these beside another's."""
    return evaluation.scores + (evaluation.comparison.scores if evaluation.comparison else ())


def _cell(key: str, evaluation: Evaluation) -> str:
    score = next((score for score in _scores(evaluation) if score.key == key), None)
    return "" if score is None else _figure(score, evaluation.episodes)


def _figure(score: Score, episodes: int) -> str:
    """Write a mean, or how often each value came; and of how many episodes where it is not all."""
    values = "\n".join(f"{value} {count}" for value, count in sorted(score.values.items()))
    figure = values if score.mean is None else f"{score.mean:.2f}"
    return figure if score.count == episodes else f"{figure} (of {score.count})"
