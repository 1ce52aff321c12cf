"""What the package imports is what it declares."""

import ast
import re
import sys
import tomllib
from collections.abc import Iterator
from importlib.metadata import packages_distributions
from pathlib import Path

ROOT = Path(__file__).parents[2]


def _imported(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module.partition(".")[0]


def _declared() -> set[str]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    groups = [project["dependencies"], *project.get("optional-dependencies", {}).values()]
    return {_normal(re.split(r"[\[<>=!~; ]", line)[0]) for group in groups for line in group}


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def test_every_library_that_is_imported_is_declared() -> None:
    ours = {"awm_langgraph", *sys.stdlib_module_names}
    imported = {name for path in (ROOT / "src").rglob("*.py") for name in _imported(path)} - ours
    assert "fastapi" in imported
    homes, declared = packages_distributions(), _declared()
    assert {name for name in imported if not declared & {_normal(home) for home in homes.get(name, [])}} == set()
