"""What evals/ shows: its commands, and LangSmith's pytest plug-in."""

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from awm_langgraph.catalog import Catalog
from awm_langgraph.testing import LangSmithServer

ROOT = Path(__file__).parents[2]
COMMANDS = [
    line
    for block in re.findall(r"```console\n(.*?)```", (ROOT / "evals" / "README.md").read_text("utf-8"), re.DOTALL)
    for line in block.splitlines()
]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Copy evals/, with one task of each split, so that everything is run but little of it."""
    copied = Path(shutil.copytree(ROOT / "evals", tmp_path / "evals"))
    rows = json.loads((copied / "bundled.json").read_text("utf-8"))
    (copied / "bundled.json").write_text(json.dumps([rows[0], rows[3]]), "utf-8")
    return tmp_path


@pytest.fixture
def server() -> Iterator[LangSmithServer]:
    with LangSmithServer() as served:
        yield served


def _run(words: list[str], folder: Path, server: LangSmithServer, **more: str) -> str:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("AWM_", "LANGSMITH_", "PYTEST_"))}
    variables = {"LANGSMITH_API_KEY": "a-key-of-no-worth", "LANGSMITH_ENDPOINT": server.url, **more}
    done = subprocess.run(
        [sys.executable, "-m", *words],
        cwd=folder,
        env=kept | variables,
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_the_commands_run_one_after_another_and_only_those_for_langsmith_reach_it(
    server: LangSmithServer, folder: Path
) -> None:
    for command in COMMANDS:
        name, *arguments = shlex.split(command)
        assert name == "awm-langgraph"
        asked = len(server.requests)
        said = _run(["awm_langgraph.cli", *arguments], folder, server)
        assert said
        assert (len(server.requests) == asked) == ("--local" in arguments)
    assert len(COMMANDS) == 5
    assert len(server.records.examples_of("awm-bundled")) == 2
    assert len(server.records.experiments) == 2
    assert len(server.records.comparisons) == 1


def _as_tests(folder: Path, server: LangSmithServer, **more: str) -> None:
    words = ["pytest", "evals/test_bundled.py", "-q", "-p", "no:cacheprovider", "-c", str(ROOT / "pyproject.toml")]
    assert "1 passed" in _run([*words, f"--basetemp={folder}/episodes"], folder, server, **more)


def test_episodes_run_as_tests_and_send_nothing_where_tracking_is_off(server: LangSmithServer, folder: Path) -> None:
    _as_tests(folder, server, LANGSMITH_TEST_TRACKING="false")
    assert server.requests == []


def test_episodes_run_as_tests_are_an_experiment_each_time_over_the_same_examples(
    server: LangSmithServer, folder: Path
) -> None:
    for _ in range(2):
        _as_tests(folder, server, LANGSMITH_TRACING="true")
    (example,) = server.records.examples_of("awm-bundled-tests")
    assert {*example["inputs"]} == {"scenario", "task_idx"}
    roots = server.records.roots
    assert [root.project for root in roots] == [one["name"] for one in server.records.experiments]
    assert len(roots) == 2
    for root in roots:
        assert (root.is_finished, root.fields["reference_example_id"]) == (True, example["id"])
        assert root.outputs["verdict"]["outcome"] == "complete"
        assert {"pass", "completed", "consultation_pattern"} <= {*server.records.feedback_on(root)}
        (episode,) = server.records.children(root)
        assert (episode.name.split("/")[0], episode.is_finished) == ("episode " + example["inputs"]["scenario"], True)
        assert {one.project for one in server.records.descendants(root)} == {root.project}
    # the test says how the episode went; the episode, which is no root, does not say it again
    assert {one["run_id"] for one in server.records.feedback} == {root.id for root in roots}


def test_the_pinned_split_has_every_bundled_task_once() -> None:
    rows = json.loads((ROOT / "evals" / "bundled.json").read_text("utf-8"))
    catalog = Catalog.open("bundled")
    tasks = [(name, number) for name in catalog.names() for number in range(catalog.summary(name).tasks)]
    assert sorted((row["scenario"], row["task_idx"]) for row in rows) == sorted(tasks)
    assert {row["split"] for row in rows} == {"train", "test"}


@pytest.mark.parametrize("name", ["bundled", "finishing", "tiers"])
def test_the_recorded_baselines_are_scripted_and_come_out_again(
    name: str, server: LangSmithServer, tmp_path: Path
) -> None:
    words = ["evaluate", str(ROOT / "evals" / f"{name}.toml"), "--local", "--split", "test"]
    said = _run(["awm_langgraph.cli", *words], tmp_path, server, COLUMNS="120")
    recorded = (ROOT / "evals" / "baselines" / f"{name}.txt").read_text("utf-8")
    assert "".join(line for line in said.splitlines(keepends=True) if ": run" not in line) == recorded
    assert recorded.splitlines()[1].split() == ["(scripted)"] * len(recorded.splitlines()[0].split())
    assert server.requests == []
