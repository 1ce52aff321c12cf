"""The folder tree explains the architecture; names say what a file is about."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
VAGUE_NAMES = {"utils", "util", "helpers", "helper", "common", "base", "manager", "misc"}


def test_no_module_has_a_vague_name() -> None:
    modules = [
        path for path in (ROOT / "src").rglob("*.py") if path.stem in VAGUE_NAMES or path.parent.name in VAGUE_NAMES
    ]
    assert modules == []


def test_importing_the_package_imports_no_heavy_library() -> None:
    heavy = ("langgraph", "langchain_core", "torch", "mcp")
    code = f"import sys, awm_langgraph; print([name for name in {heavy} if name in sys.modules])"
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=300)
    assert answer.stdout.strip() == "[]"
