"""The demo, as a newcomer starts it."""

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

Cli = Callable[..., subprocess.CompletedProcess[str]]


def test_the_demo_fails_alone_completes_with_the_expert_and_keeps_nothing(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "tmp").mkdir()
    answer = cli("demo", COLUMNS="140", TMPDIR=str(tmp_path / "tmp"))
    assert (answer.returncode, answer.stderr) == (0, "")
    rows = {" ".join(line.split()) for line in answer.stdout.splitlines()}
    assert "outcome format_error (scripted) complete (scripted)" in rows
    assert "consultations 0 1" in rows
    assert "shaped reward -1 1.3" in rows
    assert any("without the expert" in row and "│ with the expert" in row for row in rows)
    assert answer.stdout.splitlines()[-1].startswith("try next: awm-langgraph run ")
    assert list((tmp_path / "tmp").iterdir()) == []
    assert [path.name for path in tmp_path.iterdir()] == ["tmp"]


def test_the_demo_stands_one_after_the_other_in_80_columns_and_keeps_its_runs_where_told(cli: Cli) -> None:
    answer = cli("demo", "--out", "kept", AWM_AGENT_MODEL="openai:nobody")
    assert answer.returncode == 0
    assert answer.stdout.index("without the expert ──") < answer.stdout.index("with the expert ──")
    assert answer.stdout.count("\nrecord ") == 2
    runs = json.loads(cli("runs", "list", "--out", "kept", "--json").stdout)
    assert sorted((run["condition"], run["complete"]) for run in runs) == [("dynamic/criteria", 1), ("none", 0)]
    assert all(run["scripted"] for run in runs)
