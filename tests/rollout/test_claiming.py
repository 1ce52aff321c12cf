"""Who may play an episode: one at a time, whoever comes next once that one has ended."""

import asyncio
import sys
from pathlib import Path

import pytest

from awm_langgraph.errors import UsageError
from awm_langgraph.rollout.claiming import claimed

HOLD = """
import fcntl, sys
lock = open(sys.argv[1], "w")
fcntl.flock(lock, fcntl.LOCK_EX)
print("held", flush=True)
sys.stdin.read()
"""


async def test_an_episode_is_claimed_once_at_a_time_and_others_are_not_in_the_way(tmp_path: Path) -> None:
    async with claimed(tmp_path / "playing" / "e1"):
        with pytest.raises(UsageError, match="episode e1 is being played"):
            async with claimed(tmp_path / "playing" / "e1"):
                raise AssertionError
        async with claimed(tmp_path / "playing" / "e2"):
            pass
        # the one that was turned away took nothing from the one that holds it
        with pytest.raises(UsageError, match="episode e1 is being played"):
            async with claimed(tmp_path / "playing" / "e1"):
                raise AssertionError
    async with claimed(tmp_path / "playing" / "e1"):
        pass
    assert list((tmp_path / "playing").iterdir()) == []


async def test_whoever_is_called_off_while_claiming_an_episode_leaves_it_to_the_next(tmp_path: Path) -> None:
    async def play() -> None:
        async with claimed(tmp_path / "playing" / "e1"):
            raise AssertionError

    playing = asyncio.create_task(play())
    await asyncio.sleep(0)
    playing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await playing
    await asyncio.get_running_loop().shutdown_default_executor()
    assert list(tmp_path.glob("playing/*")) == []


async def test_a_claim_ends_with_the_process_that_held_it(tmp_path: Path) -> None:
    holder = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", HOLD, str(tmp_path / "e1")),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    assert holder.stdout
    assert await holder.stdout.readline() == b"held\n"
    with pytest.raises(UsageError, match="episode e1 is being played"):
        async with claimed(tmp_path / "e1"):
            raise AssertionError
    holder.kill()
    await holder.communicate()
    async with claimed(tmp_path / "e1"):
        assert (tmp_path / "e1").exists()
