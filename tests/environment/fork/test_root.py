"""The process that forks everything else, when whoever wanted it wants it no more."""

import asyncio
import gc
import os
from pathlib import Path

import pytest
from tests.environment.conftest import until
from tests.environment.fork.conftest import children_of, ended

from awm_langgraph.environment.fork.live_root import LiveRoot
from awm_langgraph.environment.fork.root import RootZygote


@pytest.mark.parametrize("is_launched", [False, True])
async def test_one_whose_start_is_given_up_ends_and_leaves_nothing_open(tmp_path: Path, is_launched: bool) -> None:
    before = children_of(os.getpid())
    live_root = LiveRoot(tmp_path)
    live_root.claim()
    starting = asyncio.create_task(RootZygote.start(live_root.path))
    await asyncio.sleep(0)
    if is_launched:
        await until(lambda: children_of(os.getpid()) != before)
    starting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await starting
    await asyncio.get_running_loop().shutdown_default_executor()
    # a socket, a file or a process that is left complains when it is collected, which fails the test
    gc.collect()
    assert all(map(ended, set(children_of(os.getpid())) - set(before)))
    assert children_of(os.getpid()) == before
    live_root.remove()
