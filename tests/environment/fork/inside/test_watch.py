import os
from pathlib import Path

import pytest

from awm_langgraph.environment import PoolLimits
from awm_langgraph.environment.fork.inside import watch
from awm_langgraph.environment.fork.inside.watch import Watch, processes
from awm_langgraph.environment.memory import machine_bytes
from awm_langgraph.sandbox.watch import Allowance
from awm_langgraph.settings import Settings


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
    monkeypatch.setattr(watch, "_LESS_BYTES", -(1 << 40))
    watching = Watch(tmp_path)
    (tmp_path / "territory" / "episode" / "scenario.db").write_bytes(bytes(8192))
    assert watching.offenders(territories) == list(territories)


def test_a_scenario_with_too_many_processes_is_one(
    territories: dict[int, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watch, "MOST_PROCESSES", 0)
    monkeypatch.setattr(watch, "_MORE_TASKS", -1_000_000)
    assert Watch(tmp_path).offenders(territories) == list(territories)


@pytest.mark.parametrize("share", [0.0, 1.0])
def test_a_scenario_whose_processes_fill_the_memory_together_is_one(
    territories: dict[int, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, share: float
) -> None:
    monkeypatch.setattr(watch, "MOST_MEMORY_SHARE", share)
    monkeypatch.setattr(watch, "_LESS_BYTES", -(1 << 60))
    assert Watch(tmp_path).offenders(territories) == (list(territories) if not share else [])


def test_a_pool_puts_episodes_to_sleep_long_before_their_scenario_is_ended_for_its_memory() -> None:
    assert PoolLimits.of(Settings()).memory_bytes < 0.6 * watch.MOST_MEMORY_SHARE * machine_bytes()


def test_a_scenario_with_too_many_threads_is_one(
    territories: dict[int, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watch, "MOST_THREADS", 0)
    monkeypatch.setattr(watch, "_MORE_TASKS", -1_000_000)
    assert Watch(tmp_path).offenders(territories) == list(territories)


def test_a_scenario_that_hides_what_it_writes_by_removing_names_is_one(
    territories: dict[int, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watch, "ALLOWANCE", Allowance(disk_bytes=32 << 20))
    monkeypatch.setattr(watch, "_LESS_BYTES", -(1 << 60))
    watching = Watch(tmp_path)
    assert watching.offenders(territories) == []
    with (tmp_path / "territory" / "episode" / "hidden").open("w+b", buffering=0) as file:
        os.unlink(file.name)
        # much: the runner of these tests, in the same group, has files without a name as well
        file.write(bytes(33 << 20))
        assert watching.offenders(territories) == list(territories)


def test_every_process_is_in_some_group_and_has_a_thread() -> None:
    [ours] = [process for process in processes() if process.pid == os.getpid()]
    assert (ours.leader, ours.threads >= 1) == (os.getpgid(0), True)
