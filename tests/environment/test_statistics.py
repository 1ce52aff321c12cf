import pytest

from awm_langgraph.environment.statistics import Census, Latency, Tally, latency_of


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [
        ([], Latency()),
        ([0.25], Latency(250, 250, 250)),
        ([0.5, 0.25], Latency(250, 500, 500)),
        ([number / 1000 for number in range(100, 0, -1)], Latency(50, 95, 99)),
    ],
)
def test_percentiles_are_latencies_that_occurred(seconds: list[float], expected: Latency) -> None:
    found = latency_of(seconds)
    assert (found.p50_ms, found.p95_ms, found.p99_ms) == pytest.approx(
        (expected.p50_ms, expected.p95_ms, expected.p99_ms)
    )


def test_resets_and_revivals_are_counted_and_timed_apart() -> None:
    tally = Tally(sleeps=4)
    tally.started(0.001, is_fresh=True)
    tally.started(0.003, is_fresh=False)
    tally.started(0.005, is_fresh=False)
    found = tally.with_census(Census(live=3, lent=1), sleeping=2, private_bytes=7)
    assert (found.resets, found.revivals, found.sleeps) == (1, 2, 4)
    assert (found.live, found.lent, found.sleeping, found.private_bytes) == (3, 1, 2, 7)
    assert found.reset.p50_ms == pytest.approx(1)
    assert found.revival.p99_ms == pytest.approx(5)


def test_only_the_latest_latencies_are_remembered() -> None:
    tally = Tally()
    tally.started(9.0, is_fresh=True)
    for _ in range(3000):
        tally.started(0.001, is_fresh=True)
    found = tally.with_census(Census(), sleeping=0, private_bytes=0)
    assert found.resets == 3001
    assert latency_of(tally.reset_seconds) == found.reset
    assert max(tally.reset_seconds) == 0.001
