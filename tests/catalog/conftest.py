"""Catalogs small enough to read, written anew for each test."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Rows = dict[str, list[dict[str, Any]]]
WriteJsonLines = Callable[..., Path]
WriteSource = Callable[..., Path]

CODE_VERIFIER = "def verify_task_completion(initial_db_path, final_db_path, final_answer=None):\n    return {}\n"
SQL_VERIFIER = "import sqlite3\n\ndef verify_task(initial_db_path, final_db_path):\n    return {}\n"
TASKS_TOML = """
description = "A shop."

[[tasks]]
instruction = "Add a mug."
final_answer = "Added."
calls = [{ tool = "create_item", arguments = { name = "mug" } }]

[[tasks]]
instruction = "Count the items."
"""
VERIFIERS_PY = '''"""Verifiers."""

import sqlite3


def _count(path):
    with sqlite3.connect(path) as database:
        return database.execute("SELECT COUNT(*) FROM items").fetchone()[0]


# The mug is told by its name.
def verify_task_0(initial_db_path, final_db_path, final_answer=None):
    return {"result": "complete" if _count(final_db_path) > _count(initial_db_path) else "others"}


def verify_task_0_evidence(initial_db_path, final_db_path):
    return {"items": _count(final_db_path)}


def verify_task_1(initial_db_path, final_db_path, final_answer=None):
    return {"result": "complete" if final_answer == "2" else "others"}
'''


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Keep every test out of the user's cache and data."""
    cache = tmp_path / "cache"
    monkeypatch.setenv("XDG_CACHE_HOME", str(cache))
    monkeypatch.delenv("AWM_DATA_DIR", raising=False)
    return cache


@pytest.fixture
def write_jsonl(tmp_path: Path) -> WriteJsonLines:
    """Write an AWM folder of these scenarios, two tasks each; ``rows`` may be changed before they are written."""

    def write(*names: str, change: Callable[[Rows], None] = lambda rows: None) -> Path:
        folder = tmp_path / "awm"
        folder.mkdir()
        rows = _rows(names)
        change(rows)
        for file, lines in rows.items():
            text = "".join(json.dumps(line) + "\n" for line in lines)
            (folder / f"{file}.jsonl").write_text(text, encoding="utf-8")
        return folder

    return write


@pytest.fixture
def write_source(tmp_path: Path) -> WriteSource:
    """Write folders of scenarios in source form into one folder."""

    def write(*names: str) -> Path:
        folder = tmp_path / "source"
        for name in names:
            scenario = folder / name
            scenario.mkdir(parents=True)
            (scenario / "app.py").write_text("engine = create_engine(URL)\n", encoding="utf-8")
            (scenario / "schema.sql").write_text(
                "CREATE TABLE items (id INTEGER PRIMARY KEY, name TEXT);\n"
                "CREATE INDEX items_by_name ON items (name);\nCREATE TABLE notes (text TEXT);\n",
                encoding="utf-8",
            )
            (scenario / "seed.sql").write_text(
                "-- stock\nINSERT INTO items (name) VALUES ('cup; large');\nINSERT INTO notes VALUES ('it''s');\n",
                encoding="utf-8",
            )
            (scenario / "tasks.toml").write_text(TASKS_TOML, encoding="utf-8")
            (scenario / "verifiers.py").write_text(VERIFIERS_PY, encoding="utf-8")
        return folder

    return write


def _rows(names: tuple[str, ...]) -> Rows:
    table = {"name": "items", "ddl": "CREATE TABLE items (name TEXT);", "indexes": ["CREATE INDEX i ON items (name);"]}
    seed = {"table_name": "items", "reasoning": "", "insert_statements": ["INSERT INTO items VALUES ('cup');"]}
    tasks = [(name, idx) for name in names for idx in range(2)]
    calls = [{"tool": "create_item", "arguments": {"name": "mug"}}]
    advice = json.dumps(
        {"reasoning": "Look at items.", "success_criteria": "One more.", "function_name": "verify_task"}
    )
    return {
        "gen_scenario": [{"name": name, "description": f"About {name}."} for name in names],
        "gen_tasks": [{"scenario": name, "tasks": [f"First of {name}.", f"Second of {name}."]} for name in names],
        "gen_db": [{"scenario": name, "db_path": "x.db", "db_schema": {"tables": [table]}} for name in names],
        "gen_sample": [
            {"scenario": name, "tables_count": 1, "inserts_count": 1, "sample_data": {"tables": [seed]}}
            for name in names
        ],
        "gen_spec": [{"scenario": name, "api_spec": {}} for name in names],
        "gen_envs": [
            {"scenario": name, "db_path": "x.db", "full_code": f"# {name}\ncreate_engine(\n"} for name in names
        ],
        "gen_verifier": [_verifier(name, idx, SQL_VERIFIER, advice) for name, idx in tasks],
        "gen_verifier.pure_code": [_verifier(name, idx, CODE_VERIFIER, "{}") for name, idx in tasks],
        "oracle": [
            {"scenario": name, "task_idx": idx, "kind": "create", "calls": calls, "final_answer": None}
            for name, idx in tasks
        ],
    }


def _verifier(name: str, idx: int, code: str, raw_response: str) -> dict[str, Any]:
    verification = {"code": code, "raw_response": raw_response}
    return {"scenario": name, "task_idx": idx, "task": "", "verification": verification}
