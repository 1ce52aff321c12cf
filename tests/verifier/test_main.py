from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

Databases = tuple[Path, Path]

CODE = "def verify_task_completion(initial_db_path, final_db_path, final_answer=None):\n"


def _answered(payload: object, *options: str) -> tuple[int, dict[str, Any]]:
    text = payload if isinstance(payload, str) else json.dumps(payload)
    command = [sys.executable, "-m", "awm_langgraph.verifier", *options]
    done = subprocess.run(command, input=text, capture_output=True, text=True, timeout=60, check=False)
    lines = done.stdout.splitlines()
    assert len(lines) == 1, done.stdout + done.stderr
    assert done.stderr == ""
    answer = json.loads(lines[0])
    assert set(answer) == {"result", "execution_status", "error_message"}
    return done.returncode, answer


def _payload(databases: Databases, body: str, **more: object) -> dict[str, object]:
    return {
        "verifier_code": CODE + "    " + body,
        "function_name": "verify_task_completion",
        "initial_db_path": str(databases[0]),
        "final_db_path": str(databases[1]),
        "final_answer": "",
        "mode": "code",
    } | more


def test_a_payload_is_answered_with_one_line_whatever_is_printed(databases: Databases) -> None:
    code, answer = _answered(_payload(databases, "print('a\\nb', flush=True); return {'result': 'others'}"))

    assert (code, answer) == (0, {"result": "others", "execution_status": "success", "error_message": None})


def test_the_evidence_of_sql_mode_is_the_result(databases: Databases) -> None:
    _, answer = _answered(_payload(databases, "return {'rows': [1]}", mode="sql"))

    assert answer["result"] == {"rows": [1]}


@pytest.mark.parametrize(("given", "text"), [(None, ""), (7, "7"), (["a"], '["a"]'), ("a", "a")])
def test_a_final_answer_is_handed_over_as_text(databases: Databases, given: object, text: str) -> None:
    _, answer = _answered(_payload(databases, "return {'answer': final_answer}", mode="sql", final_answer=given))

    assert answer["result"] == {"answer": text}


def test_a_verifier_that_fails_is_told_and_is_no_failure_of_the_command(databases: Databases) -> None:
    raised = _answered(_payload(databases, "raise KeyError('x')"))
    endless = _answered(_payload(databases, "while True: pass"), "--timeout-seconds=0.1")

    assert raised == (0, {"result": None, "execution_status": "error", "error_message": "KeyError: 'x' (line 2)"})
    assert (endless[0], endless[1]["execution_status"]) == (0, "timeout")


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"verifier_code": None}, "Expected text for 'verifier_code'"),
        ({"initial_db_path": "/nowhere.db"}, "none at '/nowhere.db'"),
        ({"mode": "guess"}, "Expected one of code, sql for 'mode'"),
    ],
)
def test_a_payload_that_cannot_be_run_is_the_callers_mistake(
    databases: Databases, change: dict[str, object], complaint: str
) -> None:
    code, answer = _answered(_payload(databases, "return {}", **change))

    assert (code, answer["result"], answer["execution_status"]) == (2, None, "error")
    assert complaint in answer["error_message"]


@pytest.mark.parametrize("text", ["", "nonsense", "[]", "[" * 100_000])
def test_what_is_no_payload_is_too(text: str) -> None:
    code, answer = _answered(text)

    assert (code, answer["execution_status"]) == (2, "error")
    assert "Expected one JSON object on standard input" in answer["error_message"]


def test_a_time_that_is_none_is_too(databases: Databases) -> None:
    code, answer = _answered(_payload(databases, "return {}"), "--timeout-seconds=nan")

    assert (code, answer["execution_status"]) == (2, "error")
