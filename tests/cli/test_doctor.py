"""``doctor`` on set-ups that work and that do not."""

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

Answer = subprocess.CompletedProcess[str]
Cli = Callable[..., Answer]

POINTS = ["python", "libraries", "sqlite", "sandbox", "runtime", "scratch"]
POINTS += ["agent", "expert", "judge", "prompts", "catalog", "runs"]


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


def test_settings_that_cannot_be_loaded_are_a_finding_beside_what_can_be_examined(cli: Cli) -> None:
    answer = cli("doctor", "--json", AWM_AGENT_MODE="openai:some-model")
    document = json.loads(answer.stdout)
    assert (answer.returncode, document["usable"]) == (1, False)
    assert [each["point"] for each in document["findings"]] == ["python", "libraries", "sqlite", "settings"]
    assert "agent.mode is no setting" in _finding(answer, "settings")["found"]


def test_a_data_set_that_is_not_there_is_told_of_and_not_downloaded(cli: Cli, tmp_path: Path) -> None:
    answer = cli("doctor", "--quick", "--json", "--catalog", "awm-1k", AWM_DATA_DIR="data", HF_HUB_OFFLINE="1")
    assert answer.returncode == 0
    assert _finding(answer, "catalog")["state"] == "notice"
    assert "not downloaded" in _finding(answer, "catalog")["found"]
    assert not (tmp_path / "data").exists()


def test_a_key_that_only_the_provider_s_library_knows_of_is_not_called_missing(cli: Cli) -> None:
    served = {"AWM_AGENT_MODEL": "openai:some-model", "AWM_AGENT_BASE_URL": "http://127.0.0.1:1/v1"}
    answer = cli("doctor", "--quick", "--json", **served)
    assert _finding(answer, "agent")["state"] == "ok"
    assert "_API_KEY" not in _finding(answer, "agent")["found"]


def test_a_sandbox_that_is_off_is_told(cli: Cli) -> None:
    answer = cli("doctor", "--quick", "--json", "--sandbox", "off")
    assert answer.returncode == 0
    assert _finding(answer, "sandbox")["state"] == "notice"


def test_the_runtime_that_will_start_environments_is_told_with_its_bounds(cli: Cli) -> None:
    forking = cli("doctor", "--quick", "--json", AWM_POOL_MAX_LIVE="7", AWM_POOL_MAX_MEMORY_MB="100")
    assert "at most 7 environments at a time, in 104.9 MB of memory" in _finding(forking, "runtime")["found"]
    spawning = _finding(cli("doctor", "--quick", "--json", "--runtime", "spawn"), "runtime")
    assert (spawning["state"], spawning["found"][:5]) == ("notice", "spawn")


def test_where_databases_are_while_they_are_used_is_told_with_the_room_there(cli: Cli, tmp_path: Path) -> None:
    forking = _finding(cli("doctor", "--quick", "--json", TMPDIR=str(tmp_path)), "scratch")
    assert f"live databases and verifiers' copies are in {tmp_path}, which has room for " in forking["found"]
    spawning = _finding(cli("doctor", "--quick", "--json", "--runtime", "spawn", TMPDIR=str(tmp_path)), "scratch")
    assert spawning["found"].startswith(f"verifiers' copies are in {tmp_path}")
