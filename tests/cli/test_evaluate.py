"""``datasets push`` and ``evaluate`` as commands."""

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from awm_langgraph.testing import Behaviour, LangSmithServer

Cli = Callable[..., subprocess.CompletedProcess[str]]


def test_a_data_set_is_pushed_evaluated_and_the_experiments_link_is_printed(cli: Cli) -> None:
    with LangSmithServer() as server:
        variables = {"LANGSMITH_API_KEY": "a-key-of-no-worth", "LANGSMITH_ENDPOINT": server.url}
        pushed = json.loads(cli("datasets", "push", "support_desk/3", "--name", "desk", "--json", **variables).stdout)
        assert pushed["created"] == 1
        answer = cli("evaluate", "--dataset", "desk", "--condition", "none", **variables)
        missing = cli("evaluate", "--dataset", "nothing", **variables)
    assert (answer.returncode, answer.stderr) == (0, "")
    (experiment,) = server.records.experiments
    (root,) = [one for one in server.records.roots if one.project == experiment["name"]]
    assert (root.name, "condition:none" in root.tags) == ("episode support_desk/3", True)
    assert f"{experiment['name']} http" in answer.stdout
    assert experiment["id"] in answer.stdout
    assert missing.returncode == 2
    assert missing.stderr.startswith(
        f"error: LangSmith at {server.url} has no such thing: Dataset nothing not found: check"
    )


def test_conditions_are_compared_pairwise_and_the_pairs_link_is_printed(cli: Cli) -> None:
    with LangSmithServer() as server, LangSmithServer() as collector:
        variables = {"LANGSMITH_API_KEY": "a-key-of-no-worth", "LANGSMITH_ENDPOINT": server.url}
        variables |= {"LANGSMITH_OTEL_ENABLED": "true", "OTEL_EXPORTER_OTLP_ENDPOINT": collector.url}
        cli("datasets", "push", "support_desk/3", "--name", "desk", **variables)
        conditions = ("--condition", "none", "--condition", "dynamic/criteria", "--against", "none")
        answer = cli("evaluate", "--dataset", "desk", *conditions, **variables)
        unknown = cli("evaluate", "--dataset", "desk", "--condition", "none", "--against", "nothing", **variables)
        earlier = server.records.experiments[0]["name"]
        again = cli("evaluate", "--dataset", "desk", "--condition", "none", "--against", earlier, **variables)
    assert (answer.returncode, answer.stderr) == (0, "")
    assert (again.returncode, again.stderr) == (0, "")
    assert len(server.records.experiments) == 3
    pair, other = server.records.comparisons
    assert other["id"] in again.stdout
    assert pair["id"] in answer.stdout
    (better,) = [line for line in answer.stdout.splitlines() if line.startswith("better reward")]
    assert better.split() == ["better", "reward", "1.00"]
    assert unknown.returncode == 2
    assert "nothing not found" in unknown.stderr
    # a collector that is not LangSmith's gets the traces too, without LangSmith's key
    assert collector.asked("/v1/traces")
    assert b"a-key-of-no-worth" not in collector.sent


def test_a_collector_that_hangs_does_not_hold_up_the_end_of_an_experiment(cli: Cli) -> None:
    with LangSmithServer() as server, LangSmithServer(Behaviour("hanging")) as collector:
        variables = {"LANGSMITH_API_KEY": "a-key-of-no-worth", "LANGSMITH_ENDPOINT": server.url}
        variables |= {"LANGSMITH_OTEL_ENABLED": "true", "OTEL_EXPORTER_OTLP_ENDPOINT": collector.url}
        cli("datasets", "push", "support_desk/3", "--name", "desk", **variables)
        answer = cli("evaluate", "--dataset", "desk", "--condition", "none", **variables)
        assert collector.asked("/v1/traces")
    # who waits for as long as the exporter does hears it complain
    assert (answer.returncode, answer.stderr) == (0, "")
    assert len(server.records.experiments) == 1


def test_an_experiment_in_a_file_says_everything_and_flags_go_first(cli: Cli, tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text('tasks = ["support_desk/3"]\nconditions = ["none", "dynamic/schema"]\ncontext = {max_steps = 1}\n')
    answer = cli("evaluate", path, "--local", "--repetitions", "2", "--condition", "none", "--json")
    (found,) = json.loads(answer.stdout)
    assert (found["condition"], found["episodes"]) == ("none", 2)
    assert next(one["mean"] for one in found["scores"] if one["key"] == "steps") == 1.0
    nowhere = cli("evaluate", path)
    assert nowhere.stderr == f"error: {path} names no data set of LangSmith: give --dataset NAME, or --local\n"


def test_a_split_is_kept_to_here_and_in_langsmith(cli: Cli, tmp_path: Path) -> None:
    rows = [{"scenario": "support_desk", "task_idx": n, "split": s} for n, s in enumerate(("train", "test", "test"))]
    (tmp_path / "tasks.json").write_text(json.dumps(rows))
    part = ("--split", "test", "--limit", "1", "--condition", "none", "--json")
    (here,) = json.loads(cli("evaluate", "tasks.json", "--local", *part).stdout)
    with LangSmithServer() as server:
        variables = {"LANGSMITH_API_KEY": "a-key-of-no-worth", "LANGSMITH_ENDPOINT": server.url}
        cli("datasets", "push", "tasks.json", "--name", "desk", **variables)
        answer = cli("evaluate", "--dataset", "desk", *part, "--name", "mine", **variables)
        missing = cli("evaluate", "--dataset", "desk", "--split", "dev", **variables)
    (there,) = json.loads(answer.stdout)
    assert here["episodes"] == there["episodes"] == 1
    assert there["experiment"].startswith("mine none")
    (root,) = [one for one in server.records.roots if one.project == there["experiment"]]
    assert root.inputs["task_idx"] == 1
    assert (missing.returncode, missing.stderr.count("\n")) == (2, 1)
    assert "the splits of the data set desk are test, train" in missing.stderr


def test_conditions_are_compared_here_without_a_key(cli: Cli) -> None:
    answer = cli("evaluate", "support_desk/3", "--local", "--condition", "none", "--condition", "dynamic/criteria")
    assert (answer.returncode, answer.stderr) == (0, "")
    lines = answer.stdout.splitlines()
    assert [line.split() for line in lines[:2]] == [["none", "dynamic/criteria"], ["(scripted)", "(scripted)"]]
    (completed,) = [line for line in lines if line.startswith("completed")]
    assert completed.split() == ["completed", "0.00", "1.00"]


def test_earlier_episodes_go_to_the_conditions_that_read_them(cli: Cli, finished: Any) -> None:
    conditions = ("--condition", "none", "--condition", "memory/schema", "--out", "kept")
    past = f"past={json.dumps([str(finished.runs / finished.document['run_id'])])}"
    answer = cli("evaluate", "support_desk/4", "--local", *conditions, "--set", past, "--json")
    assert (answer.returncode, answer.stderr) == (0, "")
    assert [one["condition"] for one in json.loads(answer.stdout)] == ["none", "memory/schema"]


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        ((), "found neither"),
        (("support_desk", "--local", "--dataset", "desk"), "found both"),
        (("--local",), "--local: expected tasks, found none"),
        (("support_desk", "--dataset", "desk"), "none with --dataset"),
        (("support_desk", "--local", "--condition", "oracle"), "context: expert_kind"),
        (("support_desk", "--local", "--condition", "none", "--set", 'past=["runs"]'), "past: expected an expert who"),
        (("--dataset", "desk"), "LANGSMITH_API_KEY"),
        (("none.toml", "--local"), "expected an experiment at none.toml"),
        (("none.toml", "support_desk", "--local"), "expected one experiment"),
        (("support_desk", "--local", "--against", "none"), "--against: expected experiments of LangSmith"),
    ],
)
def test_a_command_that_asks_for_nothing_sensible_is_told_in_one_line(
    arguments: tuple[str, ...], complaint: str, cli: Cli
) -> None:
    answer = cli("evaluate", *arguments)
    assert answer.returncode == 2
    assert complaint in answer.stderr
    assert answer.stderr.count("\n") == 1
