from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from awm_langgraph.catalog.scenario import Scenario
from awm_langgraph.environment import EnvironmentPool, current_pool, use_pool
from awm_langgraph.environment.local import LocalEnvironment
from awm_langgraph.errors import SnapshotError, UsageError


@pytest.fixture
async def pool(tmp_path: Path) -> AsyncIterator[EnvironmentPool]:
    pool = EnvironmentPool(tmp_path)
    yield pool
    await pool.close()


async def test_an_environment_at_the_snapshot_is_used_again_and_any_other_snapshot_is_revived(
    pool: EnvironmentPool, notes: Scenario
) -> None:
    async with pool.acquire("e1", notes, None) as first:
        assert isinstance(first, LocalEnvironment)
        initial, pid = first.snapshot, first.pid
        written = await first.call("add_note", {"text": "three"})
    async with pool.acquire("e1", notes, written.snapshot) as again:
        assert isinstance(again, LocalEnvironment)
        assert again.pid == pid
    async with pool.acquire("e1", notes, initial) as rewound:
        assert isinstance(rewound, LocalEnvironment)
        assert rewound.pid != pid
        assert "three" not in (await rewound.call("list_notes", {})).text


async def test_a_snapshot_that_is_nowhere_is_an_error_and_starts_nothing(
    pool: EnvironmentPool, notes: Scenario
) -> None:
    with pytest.raises(SnapshotError):
        async with pool.acquire("e1", notes, "0" * 64):
            raise AssertionError("it must not open")


@pytest.mark.parametrize("episode_id", ["../up", "", "a/b", ".", "x" * 101])
def test_an_episode_id_cannot_leave_the_folder(pool: EnvironmentPool, episode_id: str) -> None:
    with pytest.raises(UsageError, match="expected an episode id"):
        pool.folder_of(episode_id)


async def test_a_pool_is_current_only_inside_its_context(tmp_path: Path) -> None:
    with use_pool(EnvironmentPool(tmp_path)) as pool:
        assert current_pool() is pool
    with pytest.raises(UsageError, match="use_pool"):
        current_pool()
