"""``runs list``, ``show`` and ``export`` on a run that another process made."""

import json
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Cli = Callable[..., subprocess.CompletedProcess[str]]


def test_the_list_counts_a_run_s_episodes_and_marks_scripts(cli: Cli, finished: Any) -> None:
    listed = json.loads(cli("runs", "list", "--out", finished.runs, "--json").stdout)
    assert [(run["run_id"], run["episodes"], run["complete"], run["scripted"]) for run in listed] == [
        (finished.document["run_id"], 1, 1, True)
    ]
    drawn = cli("runs", "list", "--out", finished.runs).stdout
    assert f"{finished.document['run_id']}         1         1  dynamic/criteria  scripted:novice" in drawn
    assert "scripted:expert" in drawn


def test_a_damaged_run_is_told_of_and_the_others_are_listed(cli: Cli, finished: Any, tmp_path: Path) -> None:
    for name, content in (("20200101-000000-aaaa", b"no database"), ("20200101-000001-bbbb", b"")):
        (tmp_path / "kept" / name).mkdir(parents=True)
        (tmp_path / "kept" / name / "run.db").write_bytes(content)
    (tmp_path / "kept" / "whole").symlink_to(finished.runs / finished.document["run_id"])
    answer = cli("runs", "list", "--out", "kept", "--json")
    assert answer.returncode == 0
    assert len(json.loads(answer.stdout)) == 1
    assert "20200101-000000-aaaa is left out" in answer.stderr
    assert "20200101-000001-bbbb is left out" in answer.stderr


def test_a_run_shows_its_episodes(cli: Cli, finished: Any) -> None:
    run_id, episode_id = finished.document["run_id"], finished.document["episode_id"]
    shown = json.loads(cli("runs", "show", run_id, "--out", finished.runs, "--json").stdout)
    assert [(each["episode_id"], each["outcome"]) for each in shown["episodes"]] == [(episode_id, "complete")]
    drawn = cli("runs", "show", run_id, "--out", finished.runs).stdout
    assert f"{episode_id[:8]}  support_desk/4  complete  recovery      7       1       1     1.3" in drawn


@pytest.mark.parametrize("letters", [6, 32])
def test_an_episode_is_told_again_as_it_happened(cli: Cli, finished: Any, letters: int) -> None:
    run_id, episode_id = finished.document["run_id"], finished.document["episode_id"][:letters]
    told = " ".join(cli("runs", "show", run_id, episode_id, "--out", finished.runs).stdout.split())
    order = ["support_desk, task 4", "step 1 search_customers", "server_error", "expert's advice 1, trigger: error"]
    order += ["step 5 create_ticket", "(database changed) rows: tickets 1 inserted", "rows: comments 1 inserted"]
    order += ["Noor Haddad. database comments 1 inserted; tickets 1 inserted verdict complete (scripted)"]
    places = [told.find(words) for words in order]
    assert -1 not in places, order[places.index(-1)]
    assert places == sorted(places)


def test_an_episode_as_json_is_its_whole_record(cli: Cli, finished: Any) -> None:
    run_id, episode_id = finished.document["run_id"], finished.document["episode_id"]
    record = json.loads(cli("runs", "show", run_id, episode_id, "--out", finished.runs, "--json").stdout)
    assert (record["episode_id"], len(record["steps"]), len(record["calls"])) == (episode_id, 7, 7)


def test_an_episode_that_is_not_there_is_the_user_s_mistake(cli: Cli, finished: Any) -> None:
    answer = cli("runs", "show", finished.document["run_id"], "nothing", "--out", finished.runs)
    assert (answer.returncode, answer.stdout) == (2, "")
    assert "'nothing'" in answer.stderr


def test_an_export_is_one_line_per_episode_to_standard_output_or_a_file(
    cli: Cli, finished: Any, tmp_path: Path
) -> None:
    run_id = finished.document["run_id"]
    printed = cli("runs", "export", run_id, "--out", finished.runs).stdout
    assert [json.loads(line)["outcome"] for line in printed.splitlines()] == ["complete"]
    answer = cli("runs", "export", run_id, "--out", finished.runs, "-o", "episodes.jsonl")
    assert (answer.returncode, answer.stdout) == (0, "")
    assert (tmp_path / "episodes.jsonl").read_text() == printed


def test_an_export_that_cannot_be_written_is_the_user_s_mistake(cli: Cli, finished: Any) -> None:
    answer = cli("runs", "export", finished.document["run_id"], "--out", finished.runs, "-o", "no/such/folder.jsonl")
    assert answer.returncode == 2
    assert answer.stderr.startswith("error: cannot write no/such/folder.jsonl")


def test_collecting_tells_what_was_freed_and_leaves_what_a_checkpoint_names(
    cli: Cli, finished: Any, tmp_path: Path
) -> None:
    run_id, episode_id = finished.document["run_id"], finished.document["episode_id"]
    shutil.copytree(finished.runs, tmp_path / "kept")
    snapshots = tmp_path / "kept" / run_id / "episodes" / episode_id / "snapshots"
    named = cli("runs", "collect", run_id, "--out", "kept")
    assert (named.returncode, named.stdout.startswith("nothing to remove")) == (0, True)
    kept = sorted(snapshots.iterdir())
    for name in ("1" * 64, "2" * 64):
        (snapshots / f"{name}.db.zst").write_bytes(b"x" * 1000)
        os.utime(snapshots / f"{name}.db.zst", (1_000_000, 1_000_000))
    told = cli("runs", "collect", "--out", "kept", "--json")
    (run,) = json.loads(told.stdout)["runs"]
    assert run == {"run_id": run_id, "snapshots": 2, "freed_bytes": 2000}
    assert sorted(snapshots.iterdir()) == kept
    (snapshots / f"{'3' * 64}.db.zst").write_bytes(b"x" * 812)
    os.utime(snapshots / f"{'3' * 64}.db.zst", (1_000_000, 1_000_000))
    assert cli("runs", "collect", run_id, "--out", "kept").stdout == "812 B freed: 1 snapshot of 1 run\n"


def test_a_run_that_cannot_be_collected_is_the_user_s_mistake_alone_and_left_out_among_others(
    cli: Cli, finished: Any, tmp_path: Path
) -> None:
    shutil.copytree(finished.runs, tmp_path / "kept")
    run_id = finished.document["run_id"]
    shutil.copytree(tmp_path / "kept" / run_id, tmp_path / "kept" / "damaged")
    (tmp_path / "kept" / "damaged" / "checkpoints.db").write_bytes(b"no database at all" * 100)
    assert cli("runs", "collect", "damaged", "--out", "kept").returncode == 2
    told = cli("runs", "collect", "--out", "kept", "--json")
    assert [run["run_id"] for run in json.loads(told.stdout)["runs"]] == [run_id]
    assert "damaged is left out" in told.stderr
