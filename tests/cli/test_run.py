"""One episode through the program: drawn, as JSON, with a served model, and interrupted."""

import json
import os
import signal
import subprocess
import threading
from collections.abc import Callable
from contextlib import suppress
from http import HTTPStatus
from pathlib import Path
from select import select
from typing import Any

import pytest

from awm_langgraph.testing import OpenAIServer, Reply, Request, failure, hang, text

Answer = subprocess.CompletedProcess[str]
Cli = Callable[..., Answer]
Begin = Callable[..., subprocess.Popen[str]]

_LONGEST_SECONDS = 300
_ENDING_SECONDS = 60


@pytest.fixture
def own_scenario(tmp_path: Path) -> Path:
    """Write a scenario of the user's own, without seed rows."""
    folder = tmp_path / "mine" / "notebook"
    folder.mkdir(parents=True)
    (folder / "app.py").write_text("engine = create_engine(URL)\n")
    (folder / "schema.sql").write_text("CREATE TABLE notes (id INTEGER PRIMARY KEY);")
    (folder / "seed.sql").write_text("")
    (folder / "tasks.toml").write_text('[[tasks]]\ninstruction = "Do it."\ncalls = []\n')
    return folder


def test_json_is_one_document_with_all_that_a_program_needs(finished: Any) -> None:
    document = finished.document
    assert document["scenario"] == "support_desk"
    assert document["task_idx"] == 4
    assert document["outcome"] == document["verdict"]["outcome"] == "complete"
    assert (document["reward"], document["shaped_reward"], document["pattern"]) == (1.0, 1.3, "recovery")
    assert (document["steps"], document["consultations"], document["stop_reason"]) == (7, 1, "final_answer")
    assert document["scripted"] is True
    assert document["usage"].keys() == {"agent", "expert"}
    assert document["seed_problems"] == []
    assert (Path(finished.runs) / document["run_id"] / "episodes" / document["episode_id"]).is_dir()
    assert Path(document["folder"]).name == document["episode_id"]
    assert finished.answer.stderr == ""


def test_an_episode_is_drawn_as_it_happens(cli: Cli) -> None:
    answer = cli("run", "support_desk", "--task", "4", "--out", "kept")
    assert (answer.returncode, answer.stderr) == (0, "")
    told = " ".join(answer.stdout.split())
    order = [
        "support_desk, task 4",
        "Bruno Keller of Keller Foods asks",
        "agent scripted:novice (scripted)",
        "step 1 search_customers",
        "server_error",
        "expert's advice 1, trigger: error",
        "1. create_ticket",
        "step 5 create_ticket",
        "(database changed) rows: comments 1 inserted",
        "Noor Haddad. database comments 1 inserted; tickets 1 inserted verdict complete (scripted)",
        "on an untouched database: others",
        "shaped 1.3 = environment 1 + recovery 0.3 pattern recovery",
        "7 steps, 7 calls, 1 consultation",
        "record /",
    ]
    places = [told.find(words) for words in order]
    assert -1 not in places, order[places.index(-1)]
    assert places == sorted(places)
    assert "\x1b" not in answer.stdout
    assert max(map(len, answer.stdout.splitlines()[:-1])) <= 80


def test_a_served_model_s_own_instruction_is_recorded_and_its_control_sequences_are_not_obeyed(cli: Cli) -> None:
    answer_text = "[bold]Done[/bold] \x1b]0;owned\x07\x1b[31mred\x1b[0m \u202eesrever :smile:"
    with OpenAIServer([text(answer_text)]) as server:
        answer = cli(
            *("run", "support_desk", "--instruction", "Say hello.", "--no-expert"),
            *("--agent", "openai:served", "--agent-base-url", server.base_url, "--out", "kept"),
        )
    assert (answer.returncode, answer.stderr) == (0, "")
    assert "[bold]Done[/bold] red esrever :smile:" in answer.stdout
    assert "owned" not in answer.stdout
    assert "no_verifier" in answer.stdout
    assert "scripted" not in answer.stdout


def test_a_failing_model_is_an_outcome_that_a_script_can_tell_by_the_exit_code(cli: Cli) -> None:
    def refuse(request: Request) -> Reply:
        return failure(HTTPStatus.UNAUTHORIZED, message="no such key")

    with OpenAIServer(refuse) as server:
        answer = cli(
            *("run", "support_desk", "--task", "0", "--json", "--no-expert", "--out", "kept"),
            *("--agent", "openai:served", "--agent-base-url", server.base_url),
        )
    document = json.loads(answer.stdout)
    assert answer.returncode == 1
    assert document["outcome"] == "model_error"
    assert document["reward"] is None
    assert "no such key" in document["error"]


def test_a_seed_row_that_cannot_be_inserted_is_the_user_s_mistake_under_strict_seed(
    cli: Cli, own_scenario: Path, tmp_path: Path
) -> None:
    (own_scenario / "seed.sql").write_text("INSERT INTO notes VALUES (1);\nINSERT INTO notes VALUES (1);\n")
    answer = cli(
        *("run", own_scenario.name, "--task", "0", "--catalog", own_scenario.parent, "--strict-seed", "--no-expert")
    )
    assert (answer.returncode, answer.stdout) == (2, "")
    complaint = answer.stderr.splitlines()[-1]
    assert complaint.startswith("error: --strict-seed: expected every seed row of notebook to fit, found 1 that cannot")
    assert "notes: UNIQUE constraint failed" in complaint
    assert not (tmp_path / "runs").exists()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interruption_says_where_the_unfinished_record_is_and_leaves_no_process_however_often_it_comes(
    number: signal.Signals, begin: Begin, end: Callable[..., Answer], cli: Cli, tmp_path: Path
) -> None:
    is_asked = threading.Event()

    def hang_when_asked(request: Request) -> Reply:
        is_asked.set()
        return hang()

    with OpenAIServer(hang_when_asked) as server:
        process = begin(
            *("run", "support_desk", "--task", "0", "--no-expert", "--out", "kept"),
            *("--agent", "openai:served", "--agent-base-url", server.base_url),
        )
        assert is_asked.wait(_LONGEST_SECONDS)
        started = [ended for pid in _descendants(process.pid) if (ended := _end_of(pid)) is not None]
        while process.poll() is None:
            process.send_signal(number)
            with suppress(subprocess.TimeoutExpired):
                process.wait(timeout=0.01)
        answer = end(process)
    assert answer.returncode == 130
    assert answer.stderr.startswith(f"interrupted: the episode is unfinished; its record so far is in {tmp_path}/kept/")
    assert answer.stderr.count("\n") == 1
    assert started
    for ended in started:
        assert select([ended], [], [], _ENDING_SECONDS)[0]
        os.close(ended)
    runs = json.loads(cli("runs", "list", "--out", "kept", "--json").stdout)
    assert [(run["episodes"], run["unfinished"]) for run in runs] == [(1, 1)]


def _descendants(pid: int) -> list[int]:
    """List a process's children and theirs, as the kernel has them."""
    found = []
    for children in Path(f"/proc/{pid}/task").glob("*/children"):
        with suppress(FileNotFoundError, ProcessLookupError):  # it ends while we look
            for child in map(int, children.read_text().split()):
                found += [child, *_descendants(child)]
    return found


def _end_of(pid: int) -> int | None:
    """Open what can be read once a process has ended; None if it is gone."""
    try:
        return os.pidfd_open(pid)
    except ProcessLookupError:
        return None


def test_what_has_a_flag_can_be_said_with_set_as_well(cli: Cli) -> None:
    answer = cli("run", "support_desk", "--task", "0", "--set", "seed=5", "--set", "verifier_mode=code", "--json")
    assert answer.returncode == 0, answer.stderr
    assert json.loads(answer.stdout)["seed"] == 5
    twice = cli("run", "support_desk", "--task", "0", "--seed", "0", "--set", "seed=5")
    assert (twice.returncode, twice.stderr.startswith("error: --set: expected seed once")) == (2, True)
