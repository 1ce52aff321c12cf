"""What paired episodes say about a difference, and how surely. Pure functions.

Intervals hold the true value in 95 of 100 such experiments; none is given where the pairs are too few to tell.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from statistics import NormalDist, fmean, stdev

from awm_langgraph.episode import Value

CONFIDENCE = 0.95
_Z = NormalDist().inv_cdf((1 + CONFIDENCE) / 2)


class Estimate(Value):
    """A mean difference over ``pairs`` pairs, first minus second, and its interval, None where it has none."""

    value: float
    low: float | None
    high: float | None
    pairs: int


def proportion_interval(successes: int, trials: int) -> tuple[float, float]:
    """Give Wilson's score interval of a proportion (Wilson 1927); 0 to 1 where there were no trials."""
    if not trials:
        return 0.0, 1.0
    rate = successes / trials
    centre = rate + _Z**2 / (2 * trials)
    reach = _Z * math.sqrt(rate * (1 - rate) / trials + _Z**2 / (4 * trials**2))
    scale = 1 + _Z**2 / trials
    return max(0.0, (centre - reach) / scale), min(1.0, (centre + reach) / scale)


def proportion_difference(pairs: Sequence[tuple[bool, bool]]) -> Estimate | None:
    """Estimate by how much more often the first of a pair succeeds; None without pairs.

    Newcombe's score interval for paired proportions, his method 10 (Statistics in Medicine 17, 1998, 2635-2650). It
    stays honest for few pairs, and where all of them end alike.
    """
    n = len(pairs)
    if not n:
        return None
    first, second = sum(a for a, _ in pairs), sum(b for _, b in pairs)
    low1, high1 = proportion_interval(first, n)
    low2, high2 = proportion_interval(second, n)
    rate1, rate2, alike = first / n, second / n, _correlation(pairs)
    below = _reach(rate1 - low1, high2 - rate2, alike)
    above = _reach(high1 - rate1, rate2 - low2, alike)
    value = rate1 - rate2
    return Estimate(value=value, low=max(-1.0, value - below), high=min(1.0, value + above), pairs=n)


def mean_difference(pairs: Sequence[tuple[float, float]]) -> Estimate | None:
    """Estimate by how much the first of a pair is greater, with Student's interval; None without pairs."""
    n = len(pairs)
    if not n:
        return None
    differences = [first - second for first, second in pairs]
    value = fmean(differences)
    if n == 1:
        return Estimate(value=value, low=None, high=None, pairs=1)
    reach = t_quantile((1 + CONFIDENCE) / 2, n - 1) * stdev(differences) / math.sqrt(n)
    return Estimate(value=value, low=value - reach, high=value + reach, pairs=n)


def t_quantile(probability: float, degrees: int) -> float:
    """Invert Student's distribution for a probability of at least one half and whole degrees of freedom."""
    low, high = 0.0, 1.0
    while _t_probability(high, degrees) < probability:
        high *= 2
    for _ in range(100):
        middle = (low + high) / 2
        low, high = (middle, high) if _t_probability(middle, degrees) < probability else (low, middle)
    return (low + high) / 2


def _t_probability(t: float, degrees: int) -> float:
    """Sum the finite series for whole degrees of freedom (Abramowitz and Stegun 26.7.3 and 26.7.4)."""
    angle = math.atan(t / math.sqrt(degrees))
    cosine = math.cos(angle)
    is_odd = degrees % 2
    term = total = cosine if is_odd else 1.0
    for k in range(2 + is_odd, degrees - 1, 2):
        term *= (k - 1) / k * cosine**2
        total += term
    if is_odd:
        inside = 2 / math.pi * (angle + (math.sin(angle) * total if degrees > 1 else 0.0))
    else:
        inside = math.sin(angle) * total
    return (1 + inside) / 2


def _correlation(pairs: Sequence[tuple[bool, bool]]) -> float:
    """Measure how alike the two of a pair end, with Newcombe's correction for continuity."""
    both = sum(a and b for a, b in pairs)
    neither = sum(not a and not b for a, b in pairs)
    only_first = sum(a and not b for a, b in pairs)
    only_second = sum(b and not a for a, b in pairs)
    margins = (both + only_first) * (only_second + neither) * (both + only_second) * (only_first + neither)
    if not margins:
        return 0.0
    surplus: float = both * neither - only_first * only_second
    if surplus > 0:
        surplus = max(surplus - len(pairs) / 2, 0)
    return surplus / math.sqrt(margins)


def _reach(first: float, second: float, alike: float) -> float:
    return math.sqrt(max(0.0, first**2 - 2 * alike * first * second + second**2))
