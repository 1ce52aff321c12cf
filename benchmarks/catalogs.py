"""What it takes to open a catalog of 1,000 scenarios: ``python -m benchmarks.catalogs [--json]``.

Medians of 50, each opened in a new interpreter that has the package imported; memory is all that the interpreter ever
held. The catalog is made for it, of a bundled scenario under 1,000 names (some 300 MB, for as long as it takes). Its
files have been opened before, so that their indexes are there. Beside it stands the published way: all rows read into
memory.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from awm_langgraph.catalog import Catalog
from benchmarks.figures import Figures, figure, run

ROUNDS = 50
SCENARIO = "workflow_automation"
_SCENARIOS = 1000
_READ_WHOLE_ROUNDS = 3
_OPEN = """
from awm_langgraph.catalog import Catalog
began = time.perf_counter()
catalog = Catalog.open(sys.argv[1])
assert len(catalog.names()) >= 1000, len(catalog.names())
"""
_READ_WHOLE = """
import json, pathlib
began = time.perf_counter()
rows = [json.loads(line) for file in pathlib.Path(sys.argv[1]).glob("gen_*.jsonl") for line in file.open()]
"""
_MEASURED = """
import resource, sys, time
{}
print(time.perf_counter() - began, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
"""


def figures() -> Figures:
    """Measure openings, and the published way."""
    with tempfile.TemporaryDirectory(prefix="awm-bench-") as made:
        folder = Path(made)
        _write_catalog(folder)
        Catalog.open(folder)
        opened = [_measured(_OPEN, folder) for _ in range(ROUNDS)]
        whole = [_measured(_READ_WHOLE, folder) for _ in range(_READ_WHOLE_ROUNDS)]
    seconds, megabytes = zip(*opened, strict=True)
    whole_seconds, whole_megabytes = zip(*whole, strict=True)
    return {
        "opening 1,000 scenarios, indexed": figure(seconds, "s", at_most=0.2, spawn=whole_seconds),
        "memory with 1,000 scenarios open": figure(megabytes, "MB", at_most=150, spawn=whole_megabytes),
    }


def _write_catalog(folder: Path) -> None:
    """Write AWM's files, for a bundled scenario under many names."""
    names = [f"{SCENARIO}_{number}" for number in range(_SCENARIOS)]
    for file, rows in _rows().items():
        with (folder / f"{file}.jsonl").open("w", encoding="utf-8") as lines:
            for name in names:
                for row in rows:
                    key = "name" if file == "gen_scenario" else "scenario"
                    lines.write(json.dumps({key: name, **row}) + "\n")


def _rows() -> dict[str, list[dict[str, Any]]]:
    catalog = Catalog.open("bundled")
    scenario = catalog.scenario(SCENARIO)
    tables = [table.model_dump() for table in scenario.tables]
    seed = [{"table_name": row.table, "insert_statements": [row.sql]} for row in scenario.seed]
    return {
        "gen_scenario": [{"description": scenario.description}],
        "gen_tasks": [{"tasks": scenario.tasks}],
        "gen_db": [{"db_schema": {"tables": tables}}],
        "gen_sample": [{"sample_data": {"tables": seed}}],
        "gen_spec": [{"api_spec": {}}],
        "gen_envs": [{"full_code": scenario.code}],
        "gen_verifier": list(_verifiers(catalog, "sql")),
        "gen_verifier.pure_code": list(_verifiers(catalog, "code")),
    }


def _verifiers(catalog: Catalog, mode: Any) -> Iterator[dict[str, Any]]:
    for task_idx in range(catalog.summary(SCENARIO).tasks):
        source = catalog.verifier(SCENARIO, task_idx, mode)
        assert source is not None
        advice = json.dumps({"function_name": source.function_name})
        yield {"task_idx": task_idx, "task": "", "verification": {"code": source.code, "raw_response": advice}}


def _measured(code: str, folder: Path) -> tuple[float, float]:
    """Run some code in a new interpreter; answer its seconds from ``began`` on, and the most megabytes it held."""
    command = [sys.executable, "-c", _MEASURED.format(code), str(folder)]
    seconds, megabytes = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
    return float(seconds), float(megabytes)


if __name__ == "__main__":
    run(figures, __doc__)
