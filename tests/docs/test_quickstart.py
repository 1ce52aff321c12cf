"""The notebook that a newcomer reads first does what it shows."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).parent
QUICKSTART = HERE.parents[1] / "docs" / "quickstart.ipynb"
REPAIR = "run: python tests/docs/notebook.py --write"


@pytest.fixture(scope="module")
def notebook() -> dict[str, Any]:
    read: dict[str, Any] = json.loads(QUICKSTART.read_text(encoding="utf-8"))
    return read


def test_every_cell_runs_and_prints_what_is_stored_beneath_it(notebook: dict[str, Any]) -> None:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("AWM_", "LANGSMITH_"))}
    done = subprocess.run(
        [sys.executable, HERE / "notebook.py"], env=kept, capture_output=True, text=True, timeout=600, check=False
    )
    assert done.returncode == 0, done.stderr
    cells = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
    stored = ["".join("".join(output["text"]) for output in cell["outputs"]) for cell in cells]
    assert json.loads(done.stdout) == stored, REPAIR


def test_it_shows_an_episode_without_and_with_the_expert(notebook: dict[str, Any]) -> None:
    shown = "".join("".join(output["text"]) for cell in notebook["cells"] for output in cell.get("outputs", ()))
    assert "verdict: incomplete" in shown or "verdict: format_error" in shown
    assert "verdict: complete" in shown
    assert "expert (error)" in shown


def test_it_is_a_notebook_as_jupyter_defines_it(notebook: dict[str, Any]) -> None:
    assert (notebook["nbformat"], notebook["nbformat_minor"]) == (4, 5)
    assert all(set(cell) >= {"id", "cell_type", "metadata", "source"} for cell in notebook["cells"])
    assert len({cell["id"] for cell in notebook["cells"]}) == len(notebook["cells"])
