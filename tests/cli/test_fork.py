"""Forks through the program: another condition from one step on, a person who is waited for, and what `runs` shows."""

import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Answer = subprocess.CompletedProcess[str]
Cli = Callable[..., Answer]


@pytest.fixture
def episode(finished: Any, tmp_path: Path) -> str:
    """Copy a finished run's folder, so that what is added to it is nobody else's."""
    shutil.copytree(finished.runs, tmp_path / "runs")
    return str(finished.document["episode_id"])


def test_a_fork_without_the_expert_goes_on_from_its_step_and_fails(cli: Cli, finished: Any, episode: str) -> None:
    forked = cli("fork", episode[:8], "--at", "4", "--no-expert", "--json")
    assert forked.returncode == 0, forked.stderr
    document = json.loads(forked.stdout)
    assert document["run_id"] == finished.document["run_id"]
    assert document["episode_id"] != episode
    assert (document["condition"], document["consultations"], document["scripted"]) == ("none", 0, True)
    assert document["outcome"] != "complete"

    shown = json.loads(cli("runs", "show", document["run_id"], "--json").stdout)
    assert (shown["episodes"][1]["forked_from"]["episode_id"], shown["forks"]) == (episode, 1)
    told = cli("runs", "show", document["run_id"], document["episode_id"]).stdout
    assert f"origin forked from {episode[:8]} after step 4" in " ".join(told.split())


def test_an_episode_that_waits_for_a_person_is_answered_with_resume(cli: Cli, episode: str, tmp_path: Path) -> None:
    waiting = cli("fork", episode, "--at", "4", "--expert-kind", "human")
    assert waiting.returncode == 2
    complaint = waiting.stderr.splitlines()[-1]
    assert "waits for an answer: give it with `awm-langgraph resume " in complaint
    fork = complaint.partition("episode ")[2].split()[0]

    refused = cli("resume", fork, "--answer", '{"advise": "Go on."}')
    assert refused.returncode == 2
    complaint = refused.stderr.splitlines()[-1]
    assert "sent back (the answer does not fit the form: advise: Extra inputs are not permitted)" in complaint
    (tmp_path / "answer.json").write_text('{"final_answer": "I leave it at that."}')
    answered = cli("resume", fork, "--answer", "@answer.json", "--json")
    assert answered.returncode == 0, answered.stderr
    document = json.loads(answered.stdout)
    assert (document["episode_id"], document["consultations"]) == (fork, 1)
    assert document["final_answer"] == "I leave it at that."


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (("fork", "{episode}", "--at", "99"), "error: --at: expected a step of the episode, 0 to 7, found 99"),
        (("fork", "{episode}", "--at", "1", "--expert-kind", "oracle"), "error: Invalid value for '--expert-kind'"),
        (("fork", "{episode}", "--at", "1", "--past", "runs"), "error: past: expected an expert who reads earlier"),
        (("fork", "{episode}", "--at", "1", "--set", "on_error=shout"), "error: context: on_error:"),
        (("fork", "{episode}", "--at", "1", "--no-expert", "--expert-kind", "human"), "error: expected one choice of "),
        (("fork", "none-such", "--at", "1"), "error: expected a run or an episode in "),
        (("resume", "{episode}"), "error: expected an unfinished episode, found "),
        (("resume", "--answer", "nothing"), "error: --answer: expected JSON such as "),
        (("resume", "--answer", "{{}}"), "error: --answer: expected one unfinished episode, found 0"),
        (("counterfactual", "none-such"), "error: expected a run or an episode in "),
    ],
)
def test_a_mistake_is_told_in_one_line(cli: Cli, episode: str, arguments: tuple[str, ...], complaint: str) -> None:
    answer = cli(*(argument.format(episode=episode) for argument in arguments))
    assert (answer.returncode, answer.stdout) == (2, "")
    assert answer.stderr.splitlines()[-1].startswith(complaint)
