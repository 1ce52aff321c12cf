"""The worth of advice that is made up here."""

import io

import pytest
from rich.console import Console

from awm_langgraph.cli.drawing.worth_table import draw_worth
from awm_langgraph.cli.terminal import show
from awm_langgraph.episode import Task
from awm_langgraph.rollout.estimates import Estimate
from awm_langgraph.rollout.worth import Worth

TASK = Task(catalog="bundled", scenario="desk", task_idx=2, instruction="Do it.")


def _estimate(value: float) -> Estimate:
    return Estimate(value=value, low=None, high=None, pairs=1)


def _shown(cost_usd: Estimate | None) -> str:
    worth = Worth(
        episode_id="0123456789",
        task=TASK,
        consultation=1,
        step=1,
        trigger="error",
        models={"agent": "openai:small"},
        is_scripted=False,
        repeats=1,
        pairs=1,
        left_out=0,
        completed_with=1,
        completed_without=0,
        completion=_estimate(1.0),
        steps=_estimate(-1.0),
        tokens=_estimate(250.0),
        cost_usd=cost_usd,
    )
    output = io.StringIO()
    show(Console(file=output, width=80, markup=False, emoji=False, highlight=False), draw_worth([worth]))
    return output.getvalue()


def test_a_price_is_shown_in_dollars() -> None:
    shown = _shown(_estimate(0.0125))
    assert "US$" in shown
    assert "+0.0125" in shown


@pytest.mark.parametrize("cost_usd", [None, _estimate(0.0)])
def test_where_the_price_is_unknown_or_nothing_the_tokens_are_shown(cost_usd: Estimate | None) -> None:
    shown = _shown(cost_usd)
    assert "US$" not in shown
    assert "+250" in shown
