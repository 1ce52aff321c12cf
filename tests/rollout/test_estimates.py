"""Intervals against published figures."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from awm_langgraph.rollout.estimates import mean_difference, proportion_difference, proportion_interval, t_quantile

PAIRS = st.lists(st.tuples(st.booleans(), st.booleans()), min_size=1, max_size=60)


def pairs_of(both: int, only_first: int, only_second: int, neither: int) -> list[tuple[bool, bool]]:
    cells = ((both, (True, True)), (only_first, (True, False)), (only_second, (False, True)), (neither, (False, False)))
    return [pair for count, pair in cells for _ in range(count)]


@pytest.mark.parametrize(
    ("probability", "degrees", "quantile"),
    [
        (0.975, 1, 12.7062),
        (0.975, 2, 4.3027),
        (0.975, 3, 3.1824),
        (0.975, 4, 2.7764),
        (0.975, 9, 2.2622),
        (0.975, 30, 2.0423),
        (0.95, 7, 1.8946),
    ],
)
def test_student_s_quantiles_are_those_of_the_tables(probability: float, degrees: int, quantile: float) -> None:
    assert t_quantile(probability, degrees) == pytest.approx(quantile, abs=5e-5)


@pytest.mark.parametrize(
    ("successes", "trials", "interval"),
    [(81, 263, (0.2553, 0.3662)), (0, 20, (0.0, 0.1611)), (29, 29, (0.8830, 1.0)), (0, 0, (0.0, 1.0))],
)
def test_a_proportion_s_interval_is_wilson_s(successes: int, trials: int, interval: tuple[float, float]) -> None:
    # Newcombe, Statistics in Medicine 17 (1998) 857-872, table I, method 3
    assert proportion_interval(successes, trials) == pytest.approx(interval, abs=5e-5)


@pytest.mark.parametrize(
    ("cells", "value", "interval"),
    [
        ((36, 12, 2, 0), 0.20, (0.0569, 0.3404)),
        ((0, 1, 0, 29), 1 / 30, (-0.0834, 0.1667)),
        ((0, 30, 0, 0), 1.0, (0.8395, 1.0)),
        ((54, 0, 0, 0), 0.0, (-0.0664, 0.0664)),
    ],
)
def test_a_paired_difference_s_interval_is_newcombe_s(
    cells: tuple[int, int, int, int], value: float, interval: tuple[float, float]
) -> None:
    estimate = proportion_difference(pairs_of(*cells))
    assert estimate is not None
    assert estimate.value == pytest.approx(value)
    assert (estimate.low, estimate.high) == pytest.approx(interval, abs=5e-4)


@given(pairs=PAIRS)
def test_a_difference_lies_in_its_interval_and_turns_with_its_pairs(pairs: list[tuple[bool, bool]]) -> None:
    estimate = proportion_difference(pairs)
    turned = proportion_difference([(b, a) for a, b in pairs])
    assert estimate is not None
    assert turned is not None
    assert estimate.low is not None
    assert estimate.high is not None
    assert -1 <= estimate.low <= estimate.value <= estimate.high <= 1
    assert (turned.value, turned.low, turned.high) == pytest.approx((-estimate.value, -estimate.high, -estimate.low))


def test_a_mean_difference_has_student_s_interval() -> None:
    estimate = mean_difference([(5.0, 3.0), (6.0, 5.0), (9.0, 6.0), (4.0, 4.0)])
    assert estimate is not None
    assert estimate.value == pytest.approx(1.5)
    # differences 2, 1, 3, 0: standard deviation 1.29099, t(3) 3.18245
    assert (estimate.low, estimate.high) == pytest.approx((-0.55426, 3.55426), abs=1e-4)


def test_one_pair_has_no_interval_for_a_mean_and_none_has_no_estimate() -> None:
    single = mean_difference([(5.0, 3.0)])
    assert single is not None
    assert (single.value, single.low, single.high) == (2.0, None, None)
    assert mean_difference([]) is None
    assert proportion_difference([]) is None
