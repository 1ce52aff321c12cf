"""Help, version and mistakes: what every command has in common."""

import json
import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from awm_langgraph import __version__
from awm_langgraph.agent import EpisodeContext
from awm_langgraph.cli.program import run_program

Cli = Callable[..., subprocess.CompletedProcess[str]]
Here = Callable[..., tuple[int, str, str]]

COMMANDS = [
    [],
    ["demo"],
    ["run"],
    ["scenarios"],
    ["scenarios", "list"],
    ["scenarios", "show"],
    ["runs"],
    ["runs", "list"],
    ["runs", "show"],
    ["runs", "export"],
    ["doctor"],
]


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Here:
    """Run a command in this process, for there are many; return its exit code and what it printed."""
    for name in [name for name in os.environ if name.startswith(("AWM_", "OPENAI_"))]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str) -> tuple[int, str, str]:
        code = run_program(arguments)
        printed = capsys.readouterr()
        return code, printed.out, printed.err

    return run


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_help_answers_for_every_command(here: Here, command: list[str]) -> None:
    code, output, errors = here(*command, "--help")
    assert (code, errors) == (0, "")
    assert " ".join(["Usage: awm-langgraph", *command]) in output


@pytest.mark.parametrize("limit", ["max_steps", "max_consultations", "stall_steps"])
def test_the_defaults_that_help_names_are_the_context_s(here: Here, limit: str) -> None:
    _, output, _ = here("run", "--help")
    words = " ".join(output.replace("│", " ").split())
    described = words.partition(f"--{limit.replace('_', '-')} ")[2].partition(" --")[0]
    assert f"(default {getattr(EpisodeContext(), limit)})" in described


def test_help_imports_nothing_slow() -> None:
    code = """
import contextlib, io, sys
from awm_langgraph.cli.program import run_program
with contextlib.redirect_stdout(io.StringIO()):
    for command in (["--help"], ["run", "--help"], ["doctor", "--help"]):
        assert run_program(command) == 0
print([name for name in ("langchain_core", "langgraph", "mcp", "fastapi", "sqlalchemy") if name in sys.modules])
"""
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=300)
    assert answer.stdout.strip() == "[]"


def test_the_version_is_the_package_s(cli: Cli) -> None:
    assert cli("--version").stdout == f"awm-langgraph {__version__}\n"


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["nonsense"], "nonsense"),
        (["run"], "Missing argument"),
        (["run", "support_desk"], "--task N or --instruction TEXT, found neither"),
        (["run", "support_desk", "--task", "1", "--instruction", "Do it."], "found both"),
        (["run", "support_desk", "--instruction", " "], "found nothing"),
        (["run", "support_desk", "--task", "x"], "'--task'"),
        (["run", "support_desk", "--task", "99"], "expected 0 to 4"),
        (["run", "support_desk", "--task", "-1"], "expected 0 to 4"),
        (["run", "suport_desk", "--task", "0"], "support_desk"),
        (["run", "../support_desk", "--task", "0"], "support_desk"),
        (["run", "support_desk", "--task", "0", "--nonsense"], "--nonsense"),
        (["run", "support_desk", "--task", "0", "--catalog", "nowhere"], "nowhere"),
        (["run", "support_desk", "--task", "0", "--sandbox", "loose"], "'--sandbox'"),
        (["run", "support_desk", "--task", "0", "--config", "missing.toml"], "missing.toml"),
        (["run", "support_desk", "--task", "0", "--agent-parameters", "temperature=0"], "JSON object"),
        (["run", "support_desk", "--task", "0", "--agent-base-url", "ftp://x"], "http://"),
        (["run", "support_desk", "--task", "0", "--max-steps", "0"], "max_steps"),
        (["run", "support_desk", "--task", "0", "--agent", "gpt"], "PROVIDER:NAME"),
        (["run", "support_desk", "--task", "0", "--agent", "scripted:genius"], "scripted:genius"),
        (["run", "support_desk", "--task", "0", "--agent", "openai:gpt"], "OPENAI_API_KEY"),
        (["run", "support_desk", "--task", "0", "--agent", "openai:x", "--agent-api-key-env", "NO_SUCH"], "NO_SUCH"),
        (["run", "support_desk", "--instruction", "Do it."], "--agent, AWM_AGENT_MODEL"),
        (["run", "support_desk", "--task", "0", "--past", "runs"], "past: expected an expert who reads"),
        (["run", "support_desk", "--task", "0", "--past", "runs", "--no-expert"], "found condition none: choose"),
        (["scenarios", "show", "nowhere"], "nowhere"),
        (["scenarios", "list", "--catalog", "nowhere"], "nowhere"),
        (["runs", "list"], "runs"),
        (["runs", "show", "20200101-000000-aaaa"], "runs list"),
        (["runs", "show", "../runs"], "run id"),
        (["runs", "export", "20200101-000000-aaaa", "--format", "csv"], "'--format'"),
        (["scenarios", "list", "--catalog", ""], "found no name"),
        (["doctor", "--catalog"], "--catalog"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_a_mistake_is_told_in_one_line_with_exit_code_2(here: Here, arguments: list[str], complaint: str) -> None:
    code, output, errors = here(*arguments)
    assert (code, output) == (2, "")
    assert errors.startswith("error: ")
    assert errors.count("\n") == 1
    assert complaint in errors


def test_a_mistake_under_json_leaves_standard_output_empty(cli: Cli) -> None:
    answer = cli("run", "support_desk", "--task", "99", "--json")
    assert (answer.returncode, answer.stdout) == (2, "")
    assert answer.stderr == "error: no task 99 in scenario `support_desk`: expected 0 to 4\n"


def test_a_mistake_leaves_no_run_behind(here: Here) -> None:
    here("run", "support_desk", "--task", "0", "--agent", "scripted:genius", "--out", "runs")
    assert "found nothing" in here("runs", "list", "--out", "runs")[2]


def test_a_group_without_a_command_shows_its_help(here: Here) -> None:
    code, output, errors = here("runs")
    assert (code, errors) == (2, "")
    assert "export" in output


def test_a_misspelt_variable_is_told_in_one_line(cli: Cli) -> None:
    answer = cli("scenarios", "list", AWM_CATALOGUE="bundled")
    assert answer.returncode == 2
    assert answer.stderr == "error: the variable AWM_CATALOGUE is no setting; did you mean AWM_CATALOG?\n"


@pytest.mark.parametrize("parameters", ['{"api_key": "sk-very-secret"}', '{"api_key": "sk-very-secret"'])
def test_a_key_among_the_parameters_is_refused_and_not_shown(here: Here, parameters: str) -> None:
    code, output, errors = here("run", "support_desk", "--task", "0", "--agent-parameters", parameters)
    assert (code, output) == (2, "")
    assert "agent" in errors
    assert "sk-very-secret" not in errors


def test_a_reader_that_goes_away_is_no_failure_to_tell_of() -> None:
    listing = f"{sys.executable} -m awm_langgraph.cli scenarios show workflow_automation --json"
    pipe = ["sh", "-c", f"{listing} | head -1"]
    answer = subprocess.run(pipe, capture_output=True, text=True, check=True, timeout=300)
    assert answer.stderr == ""


def test_an_episode_goes_on_when_the_reader_of_its_story_goes_away(cli: Cli, tmp_path: Path) -> None:
    episode = f"{sys.executable} -m awm_langgraph.cli run support_desk --task 4 --out {tmp_path}/kept"
    answer = subprocess.run(
        ["sh", "-c", f"{episode} | head -1"], capture_output=True, text=True, check=True, timeout=300
    )
    assert (answer.stdout, answer.stderr) == ("support_desk, task 4\n", "")
    (run,) = json.loads(cli("runs", "list", "--out", "kept", "--json").stdout)
    assert (run["complete"], run["unfinished"]) == (1, 0)


@pytest.mark.parametrize(
    ("command", "code", "told"),
    [
        ("scenarios list > /dev/full", 1, "error: [Errno 28] No space left on device\n"),
        ("scenarios list --json > /dev/full", 1, "error: [Errno 28] No space left on device\n"),
        ("--help > /dev/full", 1, "error: [Errno 28] No space left on device\n"),
        ("nonsense 2> /dev/full", 2, ""),
        ("scenarios list >&-", 0, ""),
        ("--version >&- 2>&-", 0, ""),
    ],
)
def test_output_that_cannot_be_written_is_told_in_one_line_where_it_can_be(command: str, code: int, told: str) -> None:
    started = ["sh", "-c", f"{sys.executable} -m awm_langgraph.cli {command}"]
    answer = subprocess.run(started, capture_output=True, text=True, check=False, timeout=300)
    assert (answer.returncode, answer.stdout, answer.stderr) == (code, "", told)


def test_a_database_that_fails_where_nobody_expected_it_is_told_in_one_line(
    here: Here, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise sqlite3.OperationalError("database or disk is full")

    monkeypatch.setattr("awm_langgraph.cli.program.app", fail)
    assert here("runs", "list") == (1, "", "error: database or disk is full\n")


def test_an_encoding_without_the_letters_needed_is_no_failure(cli: Cli) -> None:
    answer = cli("--help", PYTHONIOENCODING="ascii")
    assert answer.returncode == 0
    assert "Usage: awm-langgraph" in answer.stdout
