"""What a newcomer starts the server with: the make target, the settings' example, the server's configuration."""

import importlib.util
import json
import os
import re
import subprocess
import sys
from pathlib import Path

from langgraph.graph.state import CompiledStateGraph

ROOT = Path(__file__).parents[2]
READ = """
from awm_langgraph.settings import current_settings
settings = current_settings()
print(settings.agent.model, settings.agent.base_url, settings.expert.model, settings.catalog, settings.runs_dir)
"""


def test_make_studio_starts_the_server_without_a_browser_for_several_runs_at_once() -> None:
    said = subprocess.run(["make", "-n", "studio", "PORT=1234"], cwd=ROOT, capture_output=True, text=True, check=True)
    (command,) = [line for line in said.stdout.splitlines() if "langgraph dev" in line]
    assert "--no-browser" in command
    assert "--port 1234" in command
    assert re.search(r"--n-jobs-per-worker [1-9]\d", command)  # left out, it is one
    assert "--allow-blocking" not in command


def test_every_line_of_the_example_of_settings_is_one_that_is_read(tmp_path: Path) -> None:
    example = (ROOT / ".env.example").read_text(encoding="utf-8")
    lines = re.findall(r"^# ([A-Z_]+=.*)$", example, re.MULTILINE)
    (tmp_path / ".env").write_text("\n".join(lines), encoding="utf-8")
    ours = ("AWM_", "LANGSMITH_", "OPENAI_")
    environment = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    done = subprocess.run(
        [sys.executable, "-c", READ], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == ["openai:qwen3-4b", "http://localhost:8000/v1", "openai:gpt-5", "bundled", "runs"]


def test_the_server_is_told_of_graphs_by_modules_with_a_description_each() -> None:
    config = json.loads((ROOT / "langgraph.json").read_text(encoding="utf-8"))
    assert set(config["graphs"]) == {path.stem for path in (ROOT / "graphs").glob("*.py")}
    for name, graph in config["graphs"].items():
        module, _, attribute = graph["path"].partition(":")
        spec = importlib.util.spec_from_file_location(f"{name}_example", ROOT / f"{module.replace('.', '/')}.py")
        assert spec is not None
        assert spec.loader is not None
        loaded = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(loaded)
        assert isinstance(getattr(loaded, attribute), CompiledStateGraph)
        assert len(graph["description"]) > 20
