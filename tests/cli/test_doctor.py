"""``doctor`` on set-ups that work and that do not."""

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

Answer = subprocess.CompletedProcess[str]
Cli = Callable[..., Answer]

POINTS = ["python", "libraries", "sqlite", "sandbox", "agent", "expert", "judge", "prompts", "catalog", "runs"]


def _finding(answer: Answer, point: str) -> dict[str, Any]:
    return next(each for each in json.loads(answer.stdout)["findings"] if each["point"] == point)


def test_a_set_up_that_works_is_usable_and_has_started_a_scenario(cli: Cli) -> None:
    answer = cli("doctor", "--json")
    document = json.loads(answer.stdout)
    assert (answer.returncode, document["usable"]) == (0, True)
    assert [each["point"] for each in document["findings"]] == [*POINTS, "trial"]
    assert _finding(answer, "trial")["state"] == "ok"


def test_a_quick_look_starts_no_scenario_and_is_drawn_as_a_list(cli: Cli) -> None:
    answer = cli("doctor", "--quick")
    assert answer.returncode == 0
    *drawn, blank, summary = answer.stdout.splitlines()
    assert [line.split()[1] for line in drawn if line[0] != " "] == POINTS
    assert (blank, summary) == ("", "ready to run episodes")


def test_a_missing_key_is_a_problem_with_its_remedy(cli: Cli) -> None:
    answer = cli("doctor", "--quick", "--json", AWM_EXPERT_MODEL="openai:some-model")
    assert answer.returncode == 1
    assert json.loads(answer.stdout)["usable"] is False
    assert _finding(answer, "agent")["state"] == "ok"
    assert _finding(answer, "expert")["state"] == "problem"
    assert "OPENAI_API_KEY" in _finding(answer, "expert")["found"]


def test_a_key_is_said_to_be_there_and_never_shown(cli: Cli) -> None:
    answer = cli(
        *("doctor", "--quick", "--json"),
        AWM_AGENT_MODEL="openai:some-model",
        AWM_AGENT_API_KEY="sk-very-secret-1",
        AWM_EXPERT_MODEL="openai:some-model",
        OPENAI_API_KEY="sk-very-secret-2",
    )
    assert answer.returncode == 0
    assert "AWM_AGENT_API_KEY" in _finding(answer, "agent")["found"]
    assert "key present in OPENAI_API_KEY" in _finding(answer, "expert")["found"]
    assert "very-secret" not in answer.stdout + answer.stderr


def test_a_folder_that_cannot_be_written_and_a_missing_catalog_are_problems(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    answer = cli("doctor", "--quick", "--json", "--out", "file/runs", AWM_CATALOG="nowhere")
    assert answer.returncode == 1
    assert _finding(answer, "runs")["state"] == "problem"
    assert "--out" in _finding(answer, "runs")["advice"]
    assert _finding(answer, "catalog")["state"] == "problem"


def test_a_sandbox_that_is_off_is_told(cli: Cli) -> None:
    answer = cli("doctor", "--quick", "--json", "--sandbox", "off")
    assert answer.returncode == 0
    assert _finding(answer, "sandbox")["state"] == "notice"
