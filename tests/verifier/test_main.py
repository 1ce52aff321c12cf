from __future__ import annotations

import json
import os
import shlex
import signal
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
        ({"final_db_path": "/" + "long" * 2000}, "none at '/longlong"),
        ({"mode": "guess"}, "Expected one of code, sql for 'mode'"),
        ({"mode": ["guess"] * 1000}, "Expected one of code, sql for 'mode'"),
    ],
)
def test_a_payload_that_cannot_be_run_is_the_callers_mistake(
    databases: Databases, change: dict[str, object], complaint: str
) -> None:
    code, answer = _answered(_payload(databases, "return {}", **change))

    assert (code, answer["result"], answer["execution_status"]) == (2, None, "error")
    assert complaint in answer["error_message"]
    assert len(answer["error_message"]) < 400


@pytest.mark.parametrize("text", ["", "nonsense", "[]", "[" * 100_000])
def test_what_is_no_payload_is_too(text: str) -> None:
    code, answer = _answered(text)

    assert (code, answer["execution_status"]) == (2, "error")
    assert "Expected one JSON object on standard input" in answer["error_message"]


def test_a_time_that_is_none_is_too(databases: Databases) -> None:
    code, answer = _answered(_payload(databases, "return {}"), "--timeout-seconds=nan")

    assert (code, answer["execution_status"]) == (2, "error")


def test_a_closed_standard_input_holds_no_payload() -> None:
    command = shlex.join([sys.executable, "-m", "awm_langgraph.verifier"])
    done = subprocess.run(["sh", "-c", f"{command} <&-"], capture_output=True, text=True, timeout=60, check=False)

    assert (done.returncode, done.stderr) == (2, "")
    assert "Expected one JSON object on standard input" in json.loads(done.stdout)["error_message"]


def test_a_verifier_that_runs_unconfined_does_so_with_a_notice_beside_the_answer(databases: Databases) -> None:
    command = [sys.executable, "-m", "awm_langgraph.verifier", "--sandbox=off"]
    text = json.dumps(_payload(databases, "return {'result': 'complete'}"))
    done = subprocess.run(command, input=text, capture_output=True, text=True, timeout=60, check=False)

    assert json.loads(done.stdout)["result"] == "complete"
    assert done.stderr == "the verifier runs unconfined (--sandbox=off).\n"


def test_an_interrupted_run_ends_without_a_word(databases: Databases, tmp_path: Path) -> None:
    started = tmp_path / "started"
    os.mkfifo(started)
    body = f"open({str(started)!r}, 'w').close()\n    while True: pass"
    command = [sys.executable, "-m", "awm_langgraph.verifier", "--sandbox=off"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as running:
        assert running.stdin
        running.stdin.write(json.dumps(_payload(databases, body)).encode())
        running.stdin.close()
        running.stdin = None
        started.read_bytes()
        running.send_signal(signal.SIGINT)
        said, complaint = running.communicate(timeout=60)

    assert (running.returncode, said) == (130, b"")
    assert complaint.count(b"\n") == 1  # the notice


def test_its_help_says_what_a_payload_holds() -> None:
    command = [sys.executable, "-m", "awm_langgraph.verifier", "--help"]
    said = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True).stdout
    for name in ("verifier_code", "function_name", "initial_db_path", "final_db_path", "final_answer", "mode"):
        assert name in said
    assert "``" not in said
