"""The episode graph inside other graphs and agents."""

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from langchain.agents import create_agent
from langchain_core._api import LangChainBetaWarning
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.graph import START, StateGraph
from typing_extensions import TypedDict

from awm_langgraph.agent import EpisodeContext, create_awm_graph
from awm_langgraph.environment import EnvironmentPool, use_pool
from awm_langgraph.environment.runtime import Runtime
from awm_langgraph.models import ModelChoice, chat_model
from awm_langgraph.testing import OpenAIServer, text, tool_call

DESK = "support_desk"
THREAD: Any = {"configurable": {"thread_id": "1"}}


class Shift(TypedDict, total=False):
    """What a surrounding graph of somebody else's remembers."""

    scenario: str
    task_idx: int
    outcome: str
    is_exam: bool


@dataclass
class Office:
    """A context of a surrounding graph's own."""

    clerk: str = "Ada"


@pytest.fixture
async def pool(tmp_path: Path, runtime: Runtime) -> AsyncIterator[EnvironmentPool]:
    pool = EnvironmentPool(tmp_path / "episodes", runtime=runtime)
    yield pool
    await pool.close()


def around(node: Any, context_schema: Any = None) -> Any:
    """Make a graph of somebody else's, with one node."""
    graph = StateGraph(Shift, context_schema=context_schema)
    graph.add_node("episode", node)
    graph.add_edge(START, "episode")
    return graph.compile(checkpointer=InMemorySaver())


async def test_a_surrounding_graph_shares_what_its_state_names_and_keeps_nothing_else(pool: EnvironmentPool) -> None:
    graph = around(create_awm_graph())
    with use_pool(pool):
        shift = await graph.ainvoke({"scenario": DESK, "task_idx": 3}, THREAD)
    assert shift == {"scenario": DESK, "task_idx": 3, "outcome": "complete"}
    assert (await graph.aget_state(THREAD)).values == shift


async def test_the_surrounding_graphs_stream_tells_the_episode_as_it_happens(pool: EnvironmentPool) -> None:
    with use_pool(pool):
        stream = around(create_awm_graph()).astream(
            {"scenario": DESK, "task_idx": 3}, THREAD, stream_mode="custom", subgraphs=True
        )
        told = [event["type"] async for _, event in stream]
    assert (told[0], told[-1]) == ("start", "verdict")
    assert "call" in told


async def test_the_surrounding_graphs_context_is_the_episodes_where_it_is_of_that_kind(pool: EnvironmentPool) -> None:
    graph = around(create_awm_graph(), EpisodeContext)
    with use_pool(pool):
        solved = await graph.ainvoke({"scenario": DESK, "task_idx": 3}, THREAD, context={"agent": "scripted:solver"})
        limited = await graph.ainvoke({"scenario": DESK, "task_idx": 3}, THREAD, context={"max_steps": 1})
    assert (solved["outcome"], limited["outcome"]) == ("complete", "incomplete")


@pytest.mark.parametrize("context", [None, Office()])
async def test_an_adapter_node_chooses_what_goes_in_and_comes_out(pool: EnvironmentPool, context: Any) -> None:
    awm = create_awm_graph()

    async def practise(state: Shift) -> Shift:
        choices = EpisodeContext(expert_kind="none") if state["is_exam"] else None
        episode = await awm.ainvoke({"scenario": DESK, "task_idx": 3}, context=choices)
        return {"outcome": f"{episode['outcome']} with {len(episode['consultations'])} consultations"}

    graph = around(practise, Office)
    with use_pool(pool):
        lesson = await graph.ainvoke({"is_exam": False}, THREAD, context=context)
        exam = await graph.ainvoke({"is_exam": True}, THREAD, context=context)
    assert lesson["outcome"] == "complete with 1 consultations"
    assert exam["outcome"].endswith("with 0 consultations")


async def test_an_agent_runs_episodes_as_a_tool(pool: EnvironmentPool) -> None:
    with pytest.warns(LangChainBetaWarning):
        tool = (
            create_awm_graph()
            .pick(["outcome", "final_answer"])
            .as_tool(name="do_task", description="Do a task.", arg_types={"scenario": str, "task_idx": int})
        )
    turns = [tool_call("do_task", {"scenario": DESK, "task_idx": 3}), text("It is done.")]
    with OpenAIServer(turns) as server, use_pool(pool):
        agent = create_agent(chat_model("agent", ModelChoice(model="openai:x", base_url=server.base_url)), [tool])
        request: Any = {"messages": [("user", "Do the third task of the support desk.")]}
        result = await agent.ainvoke(request)
    (offered,) = server.requests[0].body["tools"]
    assert offered["function"]["parameters"]["required"] == ["scenario", "task_idx"]
    (answer,) = [message for message in result["messages"] if message.type == "tool"]
    assert set(json.loads(answer.text)) == {"outcome", "final_answer"}
    assert json.loads(answer.text)["outcome"] == "complete"
