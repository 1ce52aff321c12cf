import os
from pathlib import Path

import pytest

from awm_langgraph.environment.fork.inside import watch
from awm_langgraph.environment.fork.inside.watch import Watch, groups
from awm_langgraph.sandbox.watch import Allowance


@pytest.fixture
def territories(tmp_path: Path) -> dict[int, Path]:
    (tmp_path / "territory" / "episode").mkdir(parents=True)
    return {os.getpgid(0): tmp_path / "territory"}


def test_a_scenario_within_its_bounds_is_no_offender(territories: dict[int, Path], tmp_path: Path) -> None:
    (tmp_path / "territory" / "episode" / "scenario.db").write_bytes(bytes(8192))
    assert Watch(tmp_path).offenders(territories) == []


def test_a_scenario_whose_episode_wrote_too_much_is_one(
    territories: dict[int, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watch, "ALLOWANCE", Allowance(disk_bytes=4096))
    monkeypatch.setattr(watch, "_LESS_FREE_BYTES", -(1 << 40))
    watching = Watch(tmp_path)
    (tmp_path / "territory" / "episode" / "scenario.db").write_bytes(bytes(8192))
    assert watching.offenders(territories) == list(territories)


def test_a_scenario_with_too_many_processes_is_one(
    territories: dict[int, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watch, "MOST_PROCESSES", 0)
    monkeypatch.setattr(watch, "_MORE_TASKS", -1_000_000)
    assert Watch(tmp_path).offenders(territories) == list(territories)


def test_every_process_is_in_some_group() -> None:
    assert os.getpgid(0) in list(groups())
