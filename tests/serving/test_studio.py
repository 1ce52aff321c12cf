import asyncio
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from awm_langgraph.catalog import Catalog
from awm_langgraph.environment import current_pool, keep_own_pool
from awm_langgraph.errors import UsageError
from awm_langgraph.serving.studio import POOL_PATH, app
from awm_langgraph.settings import Settings, use_settings


def test_the_pool_is_there_while_the_server_runs_and_says_what_it_holds(tmp_path: Path) -> None:
    with use_settings(Settings.load(runs_dir=tmp_path)), TestClient(app) as server:
        told = server.get(POOL_PATH).json()
    assert (told["live"], told["resets"]) == (0, 0)
    assert told["version"]


async def test_a_server_s_end_waits_for_the_call_that_is_being_made_and_closes_the_pool(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("awm_langgraph.environment.current._RETURN_SECONDS", 60.0)
    scenario = Catalog.open("bundled").scenario("support_desk")
    with use_settings(Settings.load(runs_dir=tmp_path)):
        is_at_work, may_end = asyncio.Event(), asyncio.Event()

        async def call() -> str:
            async with current_pool().acquire("e1", scenario, None) as environment:
                is_at_work.set()
                await may_end.wait()
                return (await environment.call("list_queues", {})).kind

        async with keep_own_pool() as pool:
            assert current_pool() is pool
            calling = asyncio.create_task(call())
            await is_at_work.wait()
            asyncio.get_running_loop().call_later(0.1, may_end.set)
        assert await calling == "ok"
        assert current_pool() is not pool
        with pytest.raises(UsageError, match="closed"):
            async with pool.acquire("e2", scenario, None):
                pass
