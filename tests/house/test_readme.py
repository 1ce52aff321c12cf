"""Every example of the README runs, and says no more than ten lines."""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from awm_langgraph.testing import LangSmithServer, OpenAIServer, Reply, Request, text, tool_call

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
CODE = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
(LANGSMITH,) = [code for code in CODE if "aevaluate" in code]
PYTHON = [code for code in CODE if code != LANGSMITH]
COMMANDS = [line for block in re.findall(r"```console\n(.*?)```", README, re.DOTALL) for line in block.splitlines()]
MAX_LINES = 11
TURNS = [tool_call("refund", {"order_id": 1}), tool_call("refund", {"order_id": 7}), text("Done.")]


def run(words: list[str], folder: Path, **more: str) -> str:
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("AWM_", "LANGSMITH_"))}
    done = subprocess.run(
        words, cwd=folder, env=environment | more, capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def play(request: Request) -> Reply:
    """Play the models that the examples name: an agent that errs once, and its expert."""
    if request.body["model"] == "gpt-5":
        return text('{"plan": [{"tool": "refund", "arguments": {"order_id": 7}}]}')
    roles = [message["role"] for message in request.body["messages"]]
    return TURNS[roles.count("assistant")]


@pytest.mark.parametrize("code", PYTHON)
def test_a_python_example_is_short_and_prints_what_the_comments_behind_its_prints_say(
    code: str, tmp_path: Path
) -> None:
    assert len([line for line in code.splitlines() if line.strip()]) <= MAX_LINES
    with OpenAIServer(play) as server:
        said = run([sys.executable, "-c", code], tmp_path, OPENAI_BASE_URL=server.base_url, OPENAI_API_KEY="none")
    expected = re.findall(r"print\(.*\)  # (.+)", code)
    assert len(expected) == code.count("print(") == len(said.splitlines())
    for line, words in zip(said.splitlines(), expected, strict=True):
        assert re.fullmatch(re.escape(words).replace(r"\.\.\.", ".*"), line)


def test_the_langsmith_example_is_short_and_makes_an_experiment_of_a_data_set_that_was_pushed(tmp_path: Path) -> None:
    assert len([line for line in LANGSMITH.splitlines() if line.strip()]) <= MAX_LINES
    with LangSmithServer() as server:
        variables = {"LANGSMITH_API_KEY": "none", "LANGSMITH_ENDPOINT": server.url}
        push = ["datasets", "push", "support_desk", "--name", "support-desk"]
        run([sys.executable, "-m", "awm_langgraph.cli", *push], tmp_path, **variables)
        run([sys.executable, "-c", LANGSMITH], tmp_path, **variables)
    (experiment,) = server.records.experiments
    roots = [one for one in server.records.roots if one.project == experiment["name"]]
    assert sorted(root.name for root in roots) == [f"episode support_desk/{task_idx}" for task_idx in range(5)]
    assert [server.records.feedback_on(root)["completed"]["score"] for root in roots] == [0.0] * 5


def test_the_commands_of_the_readme_run_one_after_another(tmp_path: Path) -> None:
    said = []
    for command in COMMANDS:
        name, *arguments = shlex.split(command)
        assert name == "awm-langgraph"
        said.append(run([sys.executable, "-m", "awm_langgraph.cli", *arguments], tmp_path))
    assert len(said) >= 5
    assert all(said)


def test_the_prompts_table_names_every_prompt() -> None:
    named = set(re.findall(r"`(\w+\.md)`", README.split("## Prompts")[1].split("## Development")[0]))
    assert named == {path.name for path in (ROOT / "prompts").glob("*.md")}
