"""The worth of advice as a table."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.console import RenderableType
from rich.text import Text

from awm_langgraph.cli.drawing.layout import plain_table, script_note
from awm_langgraph.cli.drawing.run_tables import SHORT_ID
from awm_langgraph.cli.text import counted, one_line
from awm_langgraph.rollout.estimates import CONFIDENCE, Estimate
from awm_langgraph.rollout.worth import Worth

_FIGURES = ("with", "without", "completion", "steps")


def draw_worth(worth: Sequence[Worth]) -> Iterator[RenderableType]:
    """Draw one row per consultation, and what its figures mean."""
    costs = [one.cost_usd for one in worth]
    # scripts and models of one's own are free: their tokens say more
    are_priced = None not in costs and any(cost.value for cost in costs if cost)
    price = "US$" if are_priced else "tokens"
    table = plain_table("advice", *_FIGURES, price, numbers=(*_FIGURES, price))
    for one in worth:
        table.add_row(
            Text(f"{one.episode_id[:SHORT_ID]}\n{one_line(one.task.key)}\nadvice {one.consultation}, {one.trigger}"),
            f"{one.completed_with}/{one.pairs}",
            f"{one.completed_without}/{one.pairs}",
            _points(one.completion),
            _difference(one.steps, "+.1f"),
            _difference(one.cost_usd, "+.4f") if are_priced else _difference(one.tokens, "+,.0f"),
        )
    yield table
    yield Text()
    yield Text(
        "with, without: how many completed the task, of as many pairs as counted. The rest is with minus without, with "
        f"{CONFIDENCE:.0%} intervals; completion in percentage points. Nobody helps further in either arm.",
        style="dim",
    )
    if left_out := sum(one.left_out for one in worth):
        yield Text(
            f"{counted(left_out, 'continuation')} said nothing about the agent: left out with the pairs they belong to",
            style="yellow",
        )
    models = {role: name for one in worth for role, name in one.models.items()}
    if note := script_note(models):
        yield note


def _points(estimate: Estimate | None) -> str:
    if estimate is None:
        return "unknown"
    scaled = {name: None if part is None else 100 * part for name, part in estimate if name != "pairs"}
    return _difference(Estimate.model_validate(scaled | {"pairs": estimate.pairs}), "+.0f")


def _difference(estimate: Estimate | None, form: str) -> str:
    if estimate is None:
        return "unknown"
    if estimate.low is None or estimate.high is None:
        return f"{estimate.value:{form}}"
    return f"{estimate.value:{form}}\n[{estimate.low:{form}}, {estimate.high:{form}}]"
