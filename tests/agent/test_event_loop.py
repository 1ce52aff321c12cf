"""One whole episode with every blocking call on the event loop an error, as under ``langgraph dev``."""

import asyncio
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from blockbuster import BlockBuster
from langsmith.env import get_runtime_environment

from awm_langgraph.agent import EpisodeContext, create_awm_graph
from awm_langgraph.environment import EnvironmentPool, use_pool
from awm_langgraph.environment.fork.runtime import ForkRuntime
from awm_langgraph.environment.runtime import Runtime
from awm_langgraph.environment.spawn import SpawnRuntime

ALLOWED = (
    "os.stat",
    "os.listdir",
    "os.remove",
    "io.BufferedReader.read",
    "io.BufferedWriter.write",
    "io.TextIOWrapper.read",
    "io.TextIOWrapper.write",
    "threading.Lock.acquire",
)


@pytest.fixture
def blocking_is_an_error(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Watch the event loop with the allowances of langgraph-runtime-inmem 0.36, ``_enable_blockbuster``."""
    get_runtime_environment()
    # as in a fresh process, which looks for a place for temporary files when it first needs one
    monkeypatch.setattr(tempfile, "tempdir", None)
    watch = BlockBuster(excluded_modules=[])
    watch.functions["os.path.abspath"].can_block_in("inspect.py", "getmodule")
    for name in [name for name in watch.functions if name in ALLOWED or name.startswith("os.path.")]:
        watch.functions.pop(name)
    watch.functions["os.rename"].can_block_in("pydantic/main.py", "__init__")
    watch.activate()
    yield
    watch.deactivate()


@pytest.fixture(params=["spawn", "fork"])
def own_runtime(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Runtime]:
    runtime: Runtime = SpawnRuntime() if request.param == "spawn" else ForkRuntime(cache=tmp_path / "cache")
    yield runtime
    asyncio.run(runtime.close())


@pytest.mark.usefixtures("blocking_is_an_error")
async def test_an_episode_from_reset_to_verdict_never_blocks_the_event_loop(
    own_runtime: Runtime, tmp_path: Path
) -> None:
    pool = EnvironmentPool(tmp_path / "episodes", runtime=own_runtime)
    with use_pool(pool):
        answer = await create_awm_graph().ainvoke(
            {"scenario": "support_desk", "task_idx": 3}, context=EpisodeContext(seed=1)
        )
    await pool.close()
    assert (answer["outcome"], answer["error"]) == ("complete", "")
    assert answer["consultations"]
