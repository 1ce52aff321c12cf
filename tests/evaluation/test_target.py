"""The target in code of a user's own, in a process of its own: LangSmith reads its variables once."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from awm_langgraph.testing import LangSmithServer

PROGRAM = """
import asyncio, warnings
from datetime import datetime
from uuid import uuid4
from langsmith import aevaluate
from langsmith.schemas import Example
from awm_langgraph.evaluation import EVALUATORS, open_target

warnings.simplefilter("ignore")
task = {"scenario": "support_desk", "task_idx": 3}


async def main():
    made = {"id": uuid4(), "dataset_id": uuid4(), "outputs": {}, "created_at": datetime.now()}
    examples = [Example(inputs=task, metadata={"dataset_split": ["test"]}, **made)]
    async with open_target(seed=1) as episode:
        found = await aevaluate(episode, data=examples, evaluators=EVALUATORS, upload_results=False)
        async for row in found:
            print({one.key: one.score for one in row["evaluation_results"]["results"]})


asyncio.run(main())
"""


def _run(folder: Path, **variables: str) -> str:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("AWM_", "LANGSMITH_", "PYTEST_"))}
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        cwd=folder,
        env=kept | variables,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("wish", [{}, {"LANGSMITH_TRACING": "true"}])
def test_without_a_key_and_without_an_upload_nothing_is_sent(wish: dict[str, str], tmp_path: Path) -> None:
    with LangSmithServer() as server:
        said = _run(tmp_path, LANGSMITH_ENDPOINT=server.url, **wish)
    assert "'completed': 1.0" in said
    assert server.requests == []


def test_with_a_key_the_client_is_left_as_it_is(tmp_path: Path) -> None:
    with LangSmithServer() as server:
        _run(tmp_path, LANGSMITH_ENDPOINT=server.url, LANGSMITH_API_KEY="a-key-of-no-worth")
    assert {one.key for one in server.requests} == {"a-key-of-no-worth"}
