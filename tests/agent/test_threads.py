"""One thread after another episode: nothing of the first is left to the second."""

from pathlib import Path
from typing import Any

import pytest
from langgraph.checkpoint.memory import InMemorySaver

from awm_langgraph.agent import create_awm_graph
from awm_langgraph.environment import EnvironmentPool, use_pool
from awm_langgraph.errors import UsageError
from awm_langgraph.testing import OpenAIServer, failure

DESK = "support_desk"


async def test_a_threads_next_episode_begins_anew(tmp_path: Path) -> None:
    graph: Any = create_awm_graph(checkpointer=InMemorySaver())
    config: Any = {"configurable": {"thread_id": "t"}}
    context: Any = {"agent": "scripted:solver"}
    pool = EnvironmentPool(tmp_path)
    with use_pool(pool):
        first: Any = await graph.ainvoke(
            {"scenario": DESK, "task_idx": 0, "episode_id": "mine"}, config, context=context
        )
        second: Any = await graph.ainvoke({"scenario": DESK, "task_idx": 1}, config, context=context)
        third: Any = await graph.ainvoke(
            {"scenario": DESK, "task_idx": 0, "episode_id": "again"}, config, context=context
        )
    await pool.close()
    assert [episode["outcome"] for episode in (first, second, third)] == ["complete"] * 3
    assert (first["episode_id"], third["episode_id"]) == ("mine", "again")
    assert second["episode_id"] not in ("mine", "again")
    assert len(second["calls"]) == 3
    assert second["task"]["task_idx"] == 1
    assert third["initial_snapshot"] != third["snapshot"]


async def test_an_instruction_that_could_not_be_begun_is_forgotten(tmp_path: Path) -> None:
    graph: Any = create_awm_graph(checkpointer=InMemorySaver())
    config: Any = {"configurable": {"thread_id": "t"}}
    pool = EnvironmentPool(tmp_path)
    with use_pool(pool):
        with pytest.raises(UsageError, match="name a model for the agent"):
            await graph.ainvoke({"scenario": DESK, "instruction": "Count the queues."}, config)
        episode = await graph.ainvoke({"scenario": DESK, "task_idx": 0}, config, context={"agent": "scripted:solver"})
    await pool.close()
    assert (episode["task"]["task_idx"], episode["outcome"]) == (0, "complete")


async def test_an_environment_that_cannot_be_opened_is_told_by_its_own_reason(tmp_path: Path) -> None:
    graph: Any = create_awm_graph(checkpointer=InMemorySaver())
    config: Any = {"configurable": {"thread_id": "t"}}
    pool = EnvironmentPool(tmp_path)
    with use_pool(pool):
        await graph.ainvoke({"scenario": DESK, "task_idx": 0}, config, context={"agent": "scripted:solver"})
        (tmp_path / "blocked").write_text("in the way")
        second: Any = await graph.ainvoke(
            {"scenario": DESK, "task_idx": 0, "episode_id": "blocked"}, config, context={"agent": "scripted:solver"}
        )
    await pool.close()
    assert second["outcome"] == "environment_error"
    assert "blocked" in second["error"]
    assert second["reward"]["environment"] is None


async def test_criteria_that_cannot_be_had_are_told_in_the_record_and_asked_for_once(play: Any) -> None:
    with OpenAIServer(lambda _: failure(500)) as experts:
        episode = await play(
            DESK,
            3,
            seed=1,
            expert={"model": "openai:m", "base_url": experts.base_url, "parameters": {"max_retries": 0}},
            max_consultations=2,
        )
    assert len(episode["consultations"]) == 2
    assert all(record["criteria_error"] and record["tier"] == "schema" for record in episode["consultations"])
    # the criteria once, the advice twice
    assert len(experts.requests) == 3
