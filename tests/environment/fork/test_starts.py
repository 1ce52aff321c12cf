"""A start is the time at which a folder was touched."""

import os
import time
from pathlib import Path

import pytest

from awm_langgraph.environment.fork.starts import is_any_starting, note_start


@pytest.fixture
def territory(tmp_path: Path) -> Path:
    return tmp_path / "live" / "territory"


def test_a_scenario_is_starting_from_when_that_is_noted(territory: Path) -> None:
    territory.parent.mkdir()
    os.utime(territory.parent, (0, 0))
    assert not is_any_starting(territory)

    def noted() -> bool:
        note_start(territory)
        return is_any_starting(territory)

    # one that this process was kept from asking about in time is noted again
    assert any(noted() for _ in range(100))


@pytest.mark.parametrize("seconds_ago", [3600, 1, -60, -3600])
def test_a_start_is_over_soon_even_if_the_clock_is_set_back(territory: Path, seconds_ago: int) -> None:
    territory.parent.mkdir()
    at = time.time() - seconds_ago
    os.utime(territory.parent, (at, at))
    assert not is_any_starting(territory)


def test_where_the_folder_is_gone_nothing_is_starting(territory: Path) -> None:
    note_start(territory)
    assert not is_any_starting(territory)
