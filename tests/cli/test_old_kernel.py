"""The program on a kernel without Landlock: one system call is hidden from it by a filter set before it starts."""

import json
import os
import struct
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="elsewhere there is no Landlock to hide")

Answer = subprocess.CompletedProcess[str]

START = """
import os, sys
from awm_langgraph.sandbox import kernel

kernel.prctl(kernel.PR_SET_NO_NEW_PRIVS, 1)
kernel.install_filter(bytes.fromhex(sys.argv[1]))
os.execv(sys.executable, [sys.executable, "-m", "awm_langgraph.cli", *sys.argv[2:]])
"""

LOAD, JUMP_IF_EQUAL, RETURN = 0x20, 0x15, 0x06
LANDLOCK_CREATE_RULESET, ALLOW, NO_SUCH_CALL = 444, 0x7FFF0000, 0x00050000 | 38
FILTER = b"".join(
    struct.pack("=HBBI", *instruction)
    for instruction in (
        (LOAD, 0, 0, 0),
        (JUMP_IF_EQUAL, 0, 1, LANDLOCK_CREATE_RULESET),
        (RETURN, 0, 0, NO_SUCH_CALL),
        (RETURN, 0, 0, ALLOW),
    )
)

LACK = "Landlock (not in this kernel; Linux 5.13 and newer have it)"


@pytest.fixture
def cli_on_old_kernel(tmp_path: Path) -> Callable[..., Answer]:
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "TMPDIR", "LANG") if name in os.environ}

    def run(*arguments: str) -> Answer:
        return subprocess.run(
            [sys.executable, "-c", START, FILTER.hex(), *arguments],
            cwd=tmp_path,
            env=kept,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )

    return run


def test_a_bundled_scenario_runs_with_a_notice_of_what_is_missing(cli_on_old_kernel: Callable[..., Answer]) -> None:
    answer = cli_on_old_kernel("run", "support_desk", "--task", "4", "--json")
    assert answer.returncode == 0, answer.stderr
    notice = f"the code of support_desk runs only partly confined: this machine lacks {LACK}."
    assert answer.stderr.splitlines().count(f"notice: {notice}") == 1
    assert json.loads(answer.stdout)["verdict"]["outcome"] == "complete"


def test_code_of_a_data_set_is_refused_before_anything_is_begun_until_the_user_takes_the_risk(
    cli_on_old_kernel: Callable[..., Answer], tmp_path: Path
) -> None:
    folder = tmp_path / "data"
    folder.mkdir()
    rows = {
        "gen_scenario": {"name": "shop", "description": "A shop."},
        "gen_tasks": {"scenario": "shop", "tasks": ["Buy."]},
        "gen_db": {"scenario": "shop", "db_schema": {"tables": [{"name": "t", "ddl": "CREATE TABLE t (x)"}]}},
        "gen_sample": {"scenario": "shop", "sample_data": {"tables": []}},
        "gen_envs": {"scenario": "shop", "full_code": "from fastapi import FastAPI\napp = FastAPI()\n"},
        "gen_verifier.pure_code": {"scenario": "shop", "task_idx": 0, "verification": {"code": "def verify(): ..."}},
        "oracle": {"scenario": "shop", "task_idx": 0, "calls": [], "final_answer": "bought"},
    }
    for name, row in rows.items():
        (folder / f"{name}.jsonl").write_text(f"{json.dumps(row)}\n")
    task = ("run", "shop", "--task", "0", "--catalog", str(folder), "--json")
    refused = cli_on_old_kernel(*task)
    assert (refused.returncode, refused.stdout) == (2, "")
    assert f"this machine lacks {LACK}" in refused.stderr
    assert "--sandbox=best-effort" in refused.stderr
    assert not (tmp_path / "runs").exists()
    admitted = cli_on_old_kernel(*task, "--sandbox", "best-effort")
    assert "notice: the code of shop runs only partly confined" in admitted.stderr
    assert json.loads(admitted.stdout)["episode_id"]


def test_the_doctor_says_what_is_missing_and_that_the_bundled_scenarios_run(
    cli_on_old_kernel: Callable[..., Answer],
) -> None:
    answer = cli_on_old_kernel("doctor", "--json")
    assert answer.returncode == 0, answer.stdout
    findings = {each["point"]: each for each in json.loads(answer.stdout)["findings"]}
    assert findings["sandbox"]["state"] == "notice"
    assert f"lacks {LACK}; level strict" in findings["sandbox"]["found"]
    assert "bundled scenarios run" in findings["sandbox"]["advice"]
    assert findings["trial"]["state"] == "ok"
