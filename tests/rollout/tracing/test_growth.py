"""How much a trace grows with its episode, and what may be left out of it."""

import json
from pathlib import Path

import pytest

from awm_langgraph.agent import episode_context
from awm_langgraph.environment.runtime import Runtime
from awm_langgraph.rollout import open_run
from awm_langgraph.settings import Settings, use_settings
from awm_langgraph.testing import LangSmithServer, OpenAIServer, TracedRun, text, tool_call


async def _traced(steps: int, server: LangSmithServer, runs: Path, runtime: Runtime) -> list[TracedRun]:
    """Trace an episode of so many steps, all alike."""
    with OpenAIServer([*[tool_call("list_tickets", {})] * steps, text("Done.")]) as models:
        agent = {"model": "openai:any", "base_url": models.base_url, "api_key": "a-key-that-is-none"}
        with use_settings(Settings.load(agent=agent)):
            context = episode_context(expert_kind="none", max_steps=steps + 1)
            async with open_run(runs, context, catalog="bundled", runtime=runtime) as run:
                trajectory = await run.episode({"scenario": "support_desk", "task_idx": 3})
    assert trajectory.steps == steps
    (root,) = [one for one in server.records.roots if one.metadata["episode_id"] == trajectory.episode_id]
    return [root, *server.records.descendants(root)]


def _size_bytes(runs: list[TracedRun]) -> int:
    return sum(len(json.dumps({**run.fields, "inputs": None} if run.kind == "llm" else run.fields)) for run in runs)


async def test_twice_the_steps_make_about_twice_the_trace_but_for_what_models_are_sent(
    traced_here: LangSmithServer, tmp_path: Path, runtime: Runtime
) -> None:
    few, many = [await _traced(steps, traced_here, tmp_path, runtime=runtime) for steps in (10, 20)]
    assert _size_bytes(many) < 2.1 * _size_bytes(few)


async def test_a_model_run_shows_all_that_the_model_was_sent(
    traced_here: LangSmithServer, tmp_path: Path, runtime: Runtime
) -> None:
    root, *inside = await _traced(6, traced_here, tmp_path, runtime=runtime)
    *_, last = [run for run in inside if run.kind == "llm"]
    (prompt,) = last.inputs["messages"]
    assert [one["kwargs"]["type"] for one in prompt] == ["system", "human", *["ai", "tool"] * 6]
    assert last.outputs["generations"][0][0]["text"] == "Done."
    assert len(root.outputs["messages"]) == 1 + 2 * 6 + 1


async def test_inputs_that_are_to_be_hidden_stay_hidden(
    traced_here: LangSmithServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, runtime: Runtime
) -> None:
    monkeypatch.setenv("LANGSMITH_HIDE_INPUTS", "true")
    assert {json.dumps(run.inputs) for run in await _traced(1, traced_here, tmp_path, runtime=runtime)} == {"{}"}
