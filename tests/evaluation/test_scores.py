"""Results summed up."""

from typing import Any

from awm_langgraph.evaluation.scores import Score, summed_up


def test_scores_are_averaged_and_values_counted_each_over_those_that_have_one() -> None:
    results: list[dict[str, Any]] = [
        {"key": "completed", "score": 1.0},
        {"key": "pattern", "value": "solo"},
        {"key": "completed", "score": 0.0},
        {"key": "pattern", "value": "solo", "score": None},
    ]
    assert summed_up(results) == (
        Score(key="completed", count=2, mean=0.5),
        Score(key="pattern", count=2, values={"solo": 2}),
    )


def test_nothing_sums_up_to_nothing() -> None:
    assert summed_up([]) == ()
