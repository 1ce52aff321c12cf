"""Where a run keeps its things."""

import re
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest

from awm_langgraph.episode import Provenance, Task, ToolOutcome, Trajectory, Verdict
from awm_langgraph.errors import UsageError
from awm_langgraph.rollout.folders import RunFolder, find_run, list_runs, new_run_id

TRAJECTORY = Trajectory(
    episode_id="e1",
    task=Task(catalog="bundled", scenario="shop", task_idx=0, instruction="Größe ändern"),
    provenance=Provenance(version="0", catalog_fingerprint="", prompts={}, models={}, condition="none", seed=0),
    calls=(ToolOutcome(name="t", arguments={"half": "\ud800"}, kind="ok", text=""),),
    stop_reason="final_answer",
    verdict=Verdict(outcome="complete"),
)


def make_run(runs: Path, run_id: str) -> RunFolder:
    folder = RunFolder(runs / run_id)
    folder.path.mkdir(parents=True)
    folder.store.touch()
    return folder


def test_run_ids_are_readable_and_sort_by_time_whatever_the_zone() -> None:
    first = new_run_id(datetime(2026, 11, 21, 9, 33, 55, tzinfo=timezone(timedelta(hours=2))), "zzzz")
    second = new_run_id(datetime(2026, 11, 21, 7, 33, 56, tzinfo=UTC), "aaaa")

    assert first == "20261121-073355-zzzz"
    assert first < second


def test_a_new_run_has_its_own_folder_under_one_that_need_not_exist(tmp_path: Path) -> None:
    runs = tmp_path / "out" / "runs"

    first, second = RunFolder.create(runs), RunFolder.create(runs)

    assert first.run_id != second.run_id
    assert re.fullmatch(r"\d{8}-\d{6}-[2-9a-z]{4}", first.run_id)
    assert first.episodes.is_dir()


def test_a_run_cannot_be_made_inside_a_file(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.touch()

    with pytest.raises(UsageError, match="cannot make a run's folder"):
        RunFolder.create(file)


def test_an_episodes_things_have_fixed_names() -> None:
    run = RunFolder(Path("runs/r"))
    episode = run.episode("e-1_a")

    assert (run.store, run.checkpoints) == (Path("runs/r/run.db"), Path("runs/r/checkpoints.db"))
    assert [
        path.relative_to("runs/r/episodes/e-1_a").as_posix()
        for path in (
            episode.trajectory,
            episode.initial_database,
            episode.final_database,
            episode.server_log,
            episode.snapshots,
        )
    ] == ["trajectory.json", "initial.db", "final.db", "server.log", "snapshots"]


@pytest.mark.parametrize("name", ["..", "../other", "a/b", "", "/etc", "a\n", "x" * 101])
def test_an_id_cannot_escape_its_folder(name: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="expected an episode id of letters"):
        RunFolder(tmp_path).episode(name)
    with pytest.raises(UsageError, match="expected a run id of letters"):
        find_run(tmp_path, name)


def test_runs_are_listed_oldest_first_and_other_things_passed_over(tmp_path: Path) -> None:
    make_run(tmp_path, "20261121-073356-aaaa")
    make_run(tmp_path, "20261121-073355-zzzz")
    (tmp_path / "20261121-073354-died").mkdir()
    (tmp_path / "notes.txt").touch()

    assert [run.run_id for run in list_runs(tmp_path)] == ["20261121-073355-zzzz", "20261121-073356-aaaa"]


def test_a_run_is_found_by_its_id(tmp_path: Path) -> None:
    run = make_run(tmp_path, "20261121-073356-aaaa")

    assert find_run(tmp_path, "20261121-073356-aaaa") == run
    with pytest.raises(UsageError, match="found no 'other' there"):
        find_run(tmp_path, "other")


def test_listing_what_is_no_folder_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.touch()

    with pytest.raises(UsageError, match="found a file"):
        list_runs(file)
    with pytest.raises(UsageError, match="found nothing"):
        list_runs(tmp_path / "missing")


async def test_a_trajectory_comes_back_as_it_was_saved(tmp_path: Path) -> None:
    episode = RunFolder(tmp_path).episode("e1")

    await episode.save_trajectory(TRAJECTORY)
    await episode.save_trajectory(TRAJECTORY)

    assert await episode.load_trajectory() == TRAJECTORY
    assert [path.name for path in episode.path.iterdir()] == ["trajectory.json"]


async def test_a_trajectory_that_is_missing_or_damaged_is_told(tmp_path: Path) -> None:
    episode = RunFolder(tmp_path).episode("e1")

    with pytest.raises(UsageError, match="the episode is not finished"):
        await episode.load_trajectory()
    await episode.save_trajectory(TRAJECTORY)
    episode.trajectory.write_text('{"episode_id": "e1"', encoding="utf-8")
    with pytest.raises(UsageError, match="found something else"):
        await episode.load_trajectory()
