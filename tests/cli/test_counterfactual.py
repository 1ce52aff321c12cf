"""The worth of advice through the program, as a table and as JSON."""

import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

Cli = Callable[..., subprocess.CompletedProcess[str]]


def test_advice_is_weighed_once_and_told_as_a_table_and_as_json(cli: Cli, finished: Any, tmp_path: Path) -> None:
    shutil.copytree(finished.runs, tmp_path / "runs")
    run_id = finished.document["run_id"]
    drawn = cli("counterfactual", run_id, "--repeat", "2")
    assert (drawn.returncode, drawn.stderr) == (0, "")
    told = " ".join(drawn.stdout.split())
    assert "advice with without completion steps tokens" in told
    assert "support_desk/4" in told
    assert "95% intervals" in told
    assert "(scripted)" in told
    assert max(map(len, drawn.stdout.splitlines())) <= 80

    document = json.loads(cli("counterfactual", finished.document["episode_id"][:8], "--repeat", "2", "--json").stdout)
    (worth,) = document
    assert (worth["consultation"], worth["repeats"], worth["pairs"], worth["is_scripted"]) == (1, 2, 2, True)
    assert worth["completed_with"] == 2
    assert worth["completion"]["low"] <= worth["completion"]["value"] <= worth["completion"]["high"]
    glance = json.loads(cli("runs", "list", "--json").stdout)
    assert [(run["episodes"], run["complete"], run["forks"]) for run in glance] == [(1, 1, 4)]
