"""What a tracer of the user's own is told of the graph's runs, and what everybody else is told."""

from typing import Any
from uuid import UUID

import pytest
from langchain_core.callbacks import AsyncCallbackHandler
from langchain_core.tracers.base import BaseTracer
from langchain_core.tracers.schemas import Run

from awm_langgraph.agent import create_awm_graph, episode_context
from awm_langgraph.agent.recorded import at_a_glance

NODES = {"reset", "agent", "tools", "expert", "verifier"}


class Tracer(BaseTracer):
    """Keeps every run."""

    def __init__(self) -> None:
        super().__init__()
        self.runs: list[Run] = []

    def _persist_run(self, run: Run) -> None:
        self.runs = [run, *_inside(run)]


class Watcher(AsyncCallbackHandler):
    """Sees what every chain is given."""

    def __init__(self) -> None:
        self.inputs: dict[str, Any] = {}

    async def on_chain_start(self, serialized: Any, inputs: Any, *, run_id: UUID, **kwargs: Any) -> None:
        self.inputs[kwargs.get("name", "")] = inputs


def _inside(run: Run) -> list[Run]:
    return [one for child in run.child_runs for one in (child, *_inside(child))]


@pytest.fixture
async def seen() -> tuple[Tracer, Watcher]:
    tracer, watcher = Tracer(), Watcher()
    await create_awm_graph().ainvoke(
        {"scenario": "support_desk", "task_idx": 3}, {"callbacks": [tracer, watcher]}, context=episode_context(seed=1)
    )
    return tracer, watcher


async def test_a_tracer_is_told_what_each_node_adds_and_not_the_whole_state(seen: tuple[Tracer, Watcher]) -> None:
    root = seen[0].runs[0]
    nodes = [run for run in seen[0].runs if run.parent_run_id == root.id]
    assert {run.name for run in nodes} == NODES
    for run in nodes:
        assert {*run.inputs} <= {"scenario", "task_idx", "episode_id", "steps", "snapshot"}
    (first, *_) = [run for run in nodes if run.name == "agent"]
    assert first.inputs["steps"] == 0
    assert first.outputs is not None
    assert len(first.outputs["messages"]) == 1


async def test_decisions_have_no_runs_of_their_own(seen: tuple[Tracer, Watcher]) -> None:
    names = {run.name for run in seen[0].runs if run.run_type == "chain"}
    assert names - NODES == {"awm"}


async def test_whoever_streams_the_graph_still_sees_the_whole_state(seen: tuple[Tracer, Watcher]) -> None:
    assert {"messages", "calls", "provenance"} <= {*seen[1].inputs["verifier"]}


def test_a_glance_shows_what_is_there() -> None:
    assert at_a_glance({"steps": 0, "stop_reason": "", "task_idx": None, "calls": [1]}) == {"steps": 0}
