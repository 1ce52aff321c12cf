"""The size caps of the house, as tests. Complexity and statements per function are ruff's (C901, PLR0915)."""

from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MAX_LINES = 400
SOURCES = sorted(
    path
    for folder in ("src", "tests", "benchmarks", "graphs", "evals")
    for path in (ROOT / folder).rglob("*.py")
    if not ("scenarios" in path.parts and path.name == "app.py")
)


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_file_has_at_most_400_lines(path: Path) -> None:
    lines = len(path.read_text(encoding="utf-8").splitlines())
    assert lines <= MAX_LINES, f"{path.relative_to(ROOT)} has {lines} lines: split it by what its parts are about"


def test_the_sources_are_found() -> None:
    assert ROOT / "src" / "awm_langgraph" / "episode.py" in SOURCES
