"""``prompts push`` and ``prompts pull`` as commands."""

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

from awm_langgraph.testing import Behaviour, LangSmithServer

Cli = Callable[..., subprocess.CompletedProcess[str]]
NOBODY = "http://127.0.0.1:1"
"""A port that the kernel gives to nobody; that of a server that was closed is soon another's."""


def _variables(url: str) -> dict[str, str]:
    return {"LANGSMITH_API_KEY": "a-key-of-no-worth", "LANGSMITH_ENDPOINT": url}


def test_prompts_go_to_the_hub_and_come_back_into_a_folder(cli: Cli, tmp_path: Path) -> None:
    with LangSmithServer() as server:
        pushed = cli("prompts", "push", "nudge", "agent", **_variables(server.url))
        assert pushed.stdout.splitlines() == [
            "new       awm-nudge",
            "new       awm-agent",
            "2 prompts of 2 new or changed",
        ]
        again = json.loads(cli("prompts", "push", "nudge", "agent", "--json", **_variables(server.url)).stdout)
        assert [one["change"] for one in again] == ["unchanged", "unchanged"]
        pulled = cli("prompts", "pull", "mine", **_variables(server.url))
    assert "AWM_PROMPTS_DIR=mine" in pulled.stdout
    assert {path.name for path in (tmp_path / "mine").iterdir()} == {"nudge.md", "agent.md"}


def test_a_key_may_stand_in_the_env_file_and_without_one_nothing_is_asked(cli: Cli, tmp_path: Path) -> None:
    with LangSmithServer() as server:
        refused = cli("prompts", "push", "nudge", LANGSMITH_ENDPOINT=server.url)
        assert (refused.returncode, server.requests) == (2, [])
        assert refused.stderr.startswith("error: expected a LangSmith key in LANGSMITH_API_KEY")
        (tmp_path / ".env").write_text("LANGSMITH_API_KEY=from-the-file\n")
        assert cli("prompts", "push", "nudge", LANGSMITH_ENDPOINT=server.url).returncode == 0
    assert {one.key for one in server.requests} == {"from-the-file"}


def test_a_key_that_is_refused_is_told_in_one_line(cli: Cli) -> None:
    with LangSmithServer(Behaviour("refusing", status=401)) as server:
        refused = cli("prompts", "push", "nudge", **_variables(server.url))
    assert refused.returncode == 2
    assert refused.stderr == f"error: LangSmith at {server.url} does not know the key: check LANGSMITH_API_KEY\n"


def test_a_service_that_is_not_there_is_told_in_one_line(cli: Cli) -> None:
    answer = cli("prompts", "pull", "mine", **_variables(NOBODY))
    assert answer.returncode == 2
    assert answer.stderr == f"error: LangSmith at {NOBODY} cannot be reached: check LANGSMITH_ENDPOINT\n"


def test_a_prompt_of_the_hub_is_used_by_name_and_told_in_one_line_where_it_cannot_be(cli: Cli) -> None:
    chosen = {"AWM_PROMPT_NUDGE": "awm-nudge"}
    episode = ("run", "support_desk", "--task", "3", "--json")
    with LangSmithServer() as server:
        missing = cli(*episode, **_variables(server.url), **chosen)
        cli("prompts", "push", "nudge", **_variables(server.url))
        asked = len(server.requests)
        found = cli(*episode, **_variables(server.url), **chosen)
        assert {one.path for one in server.requests[asked:]} == {"/commits/-/awm-nudge/latest"}
    away = cli(*episode, **_variables(NOBODY), **chosen)
    assert json.loads(found.stdout)["outcome"]
    assert (missing.returncode, away.returncode) == (2, 2)
    assert missing.stderr.startswith(f"error: LangSmith at {server.url} has no prompt awm-nudge")
    assert away.stderr == f"error: LangSmith at {NOBODY} cannot be reached: check LANGSMITH_ENDPOINT\n"
    assert missing.stderr.count("\n") == 1
