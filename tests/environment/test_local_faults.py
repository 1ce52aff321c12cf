"""What goes wrong with an episode's snapshots or its database, on real servers: only that episode is told."""

import asyncio
import os
import resource
import secrets
import shutil
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from awm_langgraph.catalog.scenario import Scenario
from awm_langgraph.environment import runtime_for
from awm_langgraph.environment.local import LocalEnvironment
from awm_langgraph.environment.runtime import Runtime
from awm_langgraph.environment.snapshots import SnapshotStore
from awm_langgraph.episode import ToolOutcome
from awm_langgraph.errors import SnapshotError
from awm_langgraph.settings import Settings

SPOILING = """
@app.post("/spoil", operation_id="spoil")
async def spoil():
    with open(os.environ["DATABASE_PATH"].removeprefix("sqlite:///"), "wb") as file:
        file.write(b"no database any more" * 1000)

@app.post("/lose", operation_id="lose")
async def lose():
    os.remove(os.environ["DATABASE_PATH"].removeprefix("sqlite:///"))
"""


@dataclass
class Episode:
    """An episode whose live database is not in its folder."""

    scenario: Scenario
    folder: Path
    live: Path
    runtime: Runtime
    environment: LocalEnvironment

    async def revive(self, snapshot: str) -> None:
        await self.environment.close()
        self.environment = LocalEnvironment(self.scenario, self.folder, self.runtime, live_parent=self.live)
        await self.environment.open(snapshot)

    async def list_notes(self) -> ToolOutcome:
        return await self.environment.call("list_notes", {})


@pytest.fixture(params=["fork", "spawn"])
async def episodes(
    request: pytest.FixtureRequest, notes: Scenario, tmp_path: Path
) -> AsyncIterator[tuple[Episode, Episode]]:
    runtime = runtime_for(Settings.load(runtime=request.param))
    scenario = notes.model_copy(update={"code": notes.code + SPOILING})

    async def start(name: str) -> Episode:
        folder, live = tmp_path / name, tmp_path / f"live-{name}"
        folder.mkdir()
        environment = LocalEnvironment(scenario, folder, runtime, live_parent=live, shared=tmp_path / "shared")
        await environment.open(None)
        return Episode(scenario, folder, live, runtime, environment)

    one, other = await asyncio.gather(start("one"), start("other"))
    yield one, other
    assert (await other.list_notes()).kind == "ok"
    for episode in (one, other):
        await episode.environment.close()
    await runtime.close()


@contextmanager
def full_disk(room_bytes: int) -> Iterator[None]:
    """Have the kernel refuse this process every file that would grow beyond a size."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (room_bytes, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


async def test_on_a_full_disk_a_write_is_our_error_and_is_undone(episodes: tuple[Episode, Episode]) -> None:
    one, _ = episodes
    before = one.environment.snapshot
    with full_disk(20_000):
        written = await one.environment.call("add_note", {"text": secrets.token_hex(50_000)})
    assert (written.kind, written.changed, written.snapshot) == ("environment_error", False, before)
    assert written.text.endswith("/one/snapshots: File too large")
    assert not one.environment.is_alive
    assert [path.name for path in (one.folder / "snapshots").iterdir()] == [f"{before}.db.zst"]
    await one.revive(before)
    answer = await one.list_notes()
    assert (answer.kind, answer.text.count('"id"')) == ("ok", 2)
    again = await one.environment.call("add_note", {"text": "there is room now"})
    assert (again.kind, again.changed) == ("ok", True)
    assert SnapshotStore(one.folder / "snapshots").has(again.snapshot)


async def test_when_its_folder_is_taken_away_an_episode_is_told_at_its_next_call(
    episodes: tuple[Episode, Episode],
) -> None:
    one, _ = episodes
    shutil.rmtree(one.folder)
    read = await one.list_notes()
    assert read.kind == "environment_error"
    assert read.text.endswith("/one/snapshots: No such file or directory")
    assert not one.environment.is_alive
    with pytest.raises(SnapshotError):
        await one.revive(read.snapshot)
    assert not (one.folder / "snapshots").exists()


async def test_when_its_live_database_is_taken_away_a_write_is_our_error_and_the_last_snapshot_is_there(
    episodes: tuple[Episode, Episode],
) -> None:
    one, _ = episodes
    kept = await one.environment.call("add_note", {"text": "kept"})
    shutil.rmtree(os.readlink(f"/proc/{one.environment.pid}/cwd"))
    lost = await one.environment.call("add_note", {"text": "lost"})
    assert (lost.kind, lost.changed, lost.snapshot) == ("environment_error", False, kept.snapshot)
    assert not one.environment.is_alive
    await one.revive(kept.snapshot)
    answer = await one.list_notes()
    assert ("kept" in answer.text, "lost" in answer.text) == (True, False)


@pytest.mark.parametrize("tool", ["spoil", "lose"])
async def test_a_server_that_destroys_its_database_is_our_error_and_is_undone(
    tool: str, episodes: tuple[Episode, Episode]
) -> None:
    one, _ = episodes
    before = one.environment.snapshot
    destroyed = await one.environment.call(tool, {})
    assert (destroyed.kind, destroyed.snapshot) == ("environment_error", before)
    assert "scenario.db cannot be read: " in destroyed.text
    await one.revive(before)
    assert (await one.list_notes()).kind == "ok"
