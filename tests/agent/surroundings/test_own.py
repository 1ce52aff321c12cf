"""One episode's sessions with servers of a user's own, used by more than one at a time."""

import asyncio
import os
import sys
from pathlib import Path
from select import select
from typing import Any

from awm_langgraph.agent.state import EpisodeState
from awm_langgraph.agent.surroundings.own import OwnParts, OwnSurroundings
from awm_langgraph.errors import EnvironmentBuildError

SERVER = Path(__file__).parents[2] / "environment" / "own" / "counting_server.py"
EPISODE = EpisodeState(episode_id="one")


def surroundings(*arguments: str) -> OwnSurroundings:
    server: Any = {"transport": "stdio", "command": sys.executable, "args": list(arguments)}
    return OwnSurroundings(
        OwnParts(
            name="own",
            models={},
            tools=(),
            connections={"counting": server},
            expert=None,
            verifier=None,
            criteria=(),
            call_timeout_seconds=30.0,
        )
    )


async def counted(own: OwnSurroundings) -> str:
    async with own.lend(EPISODE, None) as environment:
        return (await environment.call("count", {"by": 1})).text


async def test_two_who_begin_an_episode_at_once_share_its_session() -> None:
    own = surroundings(str(SERVER))
    try:
        texts = await asyncio.gather(counted(own), counted(own))
    finally:
        await own.release(EPISODE)
    assert [text.partition(" in ")[0] for text in texts] == ["sum 1", "sum 2"]


async def test_two_who_begin_an_episode_whose_server_cannot_start_are_both_told() -> None:
    own = surroundings("-c", "raise SystemExit(3)")
    told = await asyncio.gather(counted(own), counted(own), return_exceptions=True)
    assert [type(one) for one in told] == [EnvironmentBuildError] * 2


async def test_a_release_waits_for_the_call_that_is_being_made() -> None:
    own = surroundings(str(SERVER))
    async with own.lend(EPISODE, None) as environment, asyncio.TaskGroup() as group:
        group.create_task(environment.call("count", {"by": 1}))
        releasing = asyncio.create_task(own.release(EPISODE))
        outcome = await environment.call("count", {"by": 1})
        server = os.pidfd_open(int(outcome.text.rpartition(" ")[2]))
    await releasing
    assert outcome.kind == "ok"
    assert await asyncio.to_thread(select, [server], [], [], 60) == ([server], [], [])
    os.close(server)
