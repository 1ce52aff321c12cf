"""``scenarios list`` and ``scenarios show``, on the bundled ones and on a broken one of the user's."""

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

from awm_langgraph.catalog import Catalog

Cli = Callable[..., subprocess.CompletedProcess[str]]


def test_the_list_as_json_has_every_scenario_with_its_number_of_tasks(cli: Cli) -> None:
    listed = json.loads(cli("scenarios", "list", "--json").stdout)
    catalog = Catalog.open("bundled")
    assert [(each["name"], each["tasks"]) for each in listed] == [
        (name, catalog.summary(name).tasks) for name in catalog.names()
    ]
    assert all(each["description"] for each in listed)


def test_the_list_fits_a_terminal_of_80_columns(cli: Cli) -> None:
    answer = cli("scenarios", "list")
    assert answer.returncode == 0
    assert "workflow_automation     10" in answer.stdout
    assert max(map(len, answer.stdout.splitlines())) <= 80


def test_a_scenario_as_json_says_what_each_task_can_be_checked_with(cli: Cli) -> None:
    shown = json.loads(cli("scenarios", "show", "support_desk", "--json").stdout)
    assert shown["name"] == "support_desk"
    assert shown["is_ours"] is True
    assert shown["findings"] == []
    assert [task["task_idx"] for task in shown["tasks"]] == [0, 1, 2, 3, 4]
    assert all(task["verifiers"] == ["code", "sql"] and task["has_solution"] for task in shown["tasks"])
    assert {"name": "tickets", "seed_statements": 13} in shown["tables"]


def test_what_is_wrong_with_a_scenario_is_shown_and_what_is_missing_told(cli: Cli, tmp_path: Path) -> None:
    folder = tmp_path / "mine" / "half_done"
    folder.mkdir(parents=True)
    (folder / "app.py").write_text("def broken(:\n")
    (folder / "schema.sql").write_text("CREATE TABLE notes (id INTEGER PRIMARY KEY);")
    (folder / "seed.sql").write_text("INSERT INTO nothing VALUES (1);")
    (folder / "tasks.toml").write_text('[[tasks]]\ninstruction = "Do \\u001b[31m[bold]it[/bold]."\n')
    answer = cli("scenarios", "show", "half_done", "--catalog", "mine")
    assert answer.returncode == 0
    assert "unknown tables: nothing" in answer.stdout
    assert "the application is no Python" in answer.stdout
    assert "no code-mode verifier for task 0" in answer.stdout
    assert "Do [bold]it[/bold]." in answer.stdout
    assert "notice: " in answer.stderr
    assert "verifiers.py is missing" in answer.stderr
