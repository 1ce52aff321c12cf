"""A catalog in the form of the data set, run through the real graph.

The folder is written here from a bundled scenario, whose code counts as a data set's then: untrusted, and confined.
Where ``../shared/tools/synth_awm.py`` lies beside the checkout, a synthetic set of the real one's shape is run too.
"""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from awm_langgraph.agent import EpisodeContext
from awm_langgraph.catalog import Catalog
from awm_langgraph.environment.runtime import Runtime
from awm_langgraph.rollout import open_run, reopen_run

ROOT = Path(__file__).parents[2]
SYNTHETIC = ROOT.parent / "shared" / "tools" / "synth_awm.py"
DESK = "support_desk"


def write_rows(folder: Path, file: str, *rows: dict[str, Any]) -> None:
    (folder / file).write_text("".join(f"{json.dumps(row)}\n" for row in rows), encoding="utf-8")


@pytest.fixture
def data_set(tmp_path: Path) -> Path:
    catalog = Catalog.open("bundled")
    scenario = catalog.scenario(DESK)
    folder = tmp_path / "data"
    folder.mkdir()
    tables = [{"name": table.name, "ddl": table.ddl, "indexes": list(table.indexes)} for table in scenario.tables]
    rows = [{"table_name": row.table, "insert_statements": [row.sql]} for row in scenario.seed]
    write_rows(folder, "gen_scenario.jsonl", {"name": DESK, "description": scenario.description})
    write_rows(folder, "gen_tasks.jsonl", {"scenario": DESK, "tasks": list(scenario.tasks)})
    write_rows(folder, "gen_db.jsonl", {"scenario": DESK, "db_schema": {"tables": tables}})
    write_rows(folder, "gen_sample.jsonl", {"scenario": DESK, "sample_data": {"tables": rows}})
    write_rows(folder, "gen_envs.jsonl", {"scenario": DESK, "full_code": scenario.code})
    verifiers, solutions = [], []
    for task_idx in range(len(scenario.tasks)):
        source, solution = catalog.verifier(DESK, task_idx), catalog.solution(DESK, task_idx)
        assert source is not None
        assert solution is not None
        verifiers.append({"scenario": DESK, "task_idx": task_idx, "verification": {"code": source.code}})
        calls = [call.model_dump() for call in solution.calls]
        answer = solution.final_answer or None
        solutions.append({"scenario": DESK, "task_idx": task_idx, "calls": calls, "final_answer": answer})
    write_rows(folder, "gen_verifier.pure_code.jsonl", *verifiers)
    write_rows(folder, "oracle.jsonl", *solutions)
    return folder


async def test_a_run_plays_the_scenarios_of_its_own_catalog_also_when_it_is_opened_again_elsewhere(
    data_set: Path, tmp_path: Path, runtime: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    context = EpisodeContext.model_validate({"agent": "scripted:solver"})
    monkeypatch.chdir(tmp_path)
    async with open_run(tmp_path / "runs", context, catalog=data_set.name, runtime=runtime) as run:
        first = await run.episode({"scenario": DESK, "task_idx": 3})
        other = await run.episode({"scenario": DESK, "task_idx": 3, "catalog": "bundled"})
    monkeypatch.chdir(tmp_path / "runs")
    async with reopen_run(run.folder, runtime=runtime) as again:
        second = await again.episode({"scenario": DESK, "task_idx": 3, "catalog": ""})
    assert [one.task.catalog for one in (first, other, second)] == [str(data_set), "bundled", str(data_set)]


async def test_reference_solutions_of_a_data_set_complete_their_tasks(
    data_set: Path, tmp_path: Path, runtime: Runtime
) -> None:
    context = EpisodeContext.model_validate({"agent": "scripted:solver"})
    async with open_run(tmp_path / "runs", context, catalog=str(data_set), runtime=runtime) as run:
        for task_idx in range(Catalog.open(data_set).summary(DESK).tasks):
            trajectory = await run.episode({"scenario": DESK, "task_idx": task_idx, "catalog": str(data_set)})
            assert trajectory.verdict.outcome == "complete"
            assert trajectory.verdict.control == "others"


@pytest.mark.parametrize("generator", [SYNTHETIC] if SYNTHETIC.is_file() else [])
def test_oracles_of_twenty_synthetic_scenarios_pass_environment_and_verifier(generator: Path, tmp_path: Path) -> None:
    subprocess.run([sys.executable, generator, "--out", tmp_path, "--scenarios", "20"], check=True, capture_output=True)
    command = [sys.executable, "-m", "benchmarks.oracles", str(tmp_path), "--scenarios", "20", "--tasks", "1"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "20 episodes" in done.stdout
