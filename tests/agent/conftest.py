"""A graph with real environments in a folder of the test's own."""

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any, cast

import pytest

from awm_langgraph.agent import EpisodeContext, EpisodeOutput, create_awm_graph
from awm_langgraph.environment import EnvironmentPool, use_pool
from awm_langgraph.environment.runtime import Runtime
from awm_langgraph.settings import current_settings, use_settings

Play = Callable[..., Awaitable[EpisodeOutput]]


@pytest.fixture
async def pool(tmp_path: Path, runtime: Runtime) -> AsyncIterator[EnvironmentPool]:
    """The current pool, in a folder of the test's own."""
    pool = EnvironmentPool(tmp_path / "episodes", runtime=runtime)
    with use_pool(pool):
        yield pool
    await pool.close()


@pytest.fixture
async def play(tmp_path: Path, runtime: Runtime) -> AsyncIterator[Play]:
    """Run one episode of a bundled task; keyword arguments are the context's."""
    pool = EnvironmentPool(tmp_path / "episodes", runtime=runtime)
    graph = create_awm_graph()

    async def run(
        scenario: str, task_idx: int | None = None, *, instruction: str = "", **context: Any
    ) -> EpisodeOutput:
        request: Any = {"scenario": scenario, "task_idx": task_idx, "instruction": instruction}
        settings = current_settings().model_copy(update={"runs_dir": tmp_path})
        with use_pool(pool), use_settings(settings):
            answer = await graph.ainvoke(request, context=EpisodeContext.model_validate(context))
        return cast(EpisodeOutput, answer)

    yield run
    await pool.close()
