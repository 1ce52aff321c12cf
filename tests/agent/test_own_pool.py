"""The graph in a program that knows nothing of pools."""

import asyncio
from pathlib import Path
from typing import Any

from blockbuster import blockbuster_ctx

from awm_langgraph.agent import create_awm_graph
from awm_langgraph.environment import current_pool
from awm_langgraph.settings import Settings, use_settings


def test_episodes_run_in_the_processs_own_pool_in_one_event_loop_after_another_and_block_none(tmp_path: Path) -> None:
    graph = create_awm_graph()

    async def play(task_idx: int) -> Any:
        request: Any = {"scenario": "support_desk", "task_idx": task_idx, "episode_id": f"task-{task_idx}"}
        return await graph.ainvoke(request, context={"agent": "scripted:solver"})  # type: ignore[call-overload] # LangGraph types the context as its schema

    with use_settings(Settings.load(runs_dir=tmp_path)):
        with blockbuster_ctx("awm_langgraph.environment"):
            first = asyncio.run(play(0))
            second = asyncio.run(play(3))
        assert (first["outcome"], second["outcome"]) == ("complete", "complete")
        assert (tmp_path / "episodes" / "task-0" / "final.db").exists()
        pool = current_pool()
        found = asyncio.run(pool.statistics())
        assert (found.live - found.spares, found.sleeping, found.resets) == (0, 0, 2)
        asyncio.run(pool.close())
