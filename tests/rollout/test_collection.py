import asyncio
import os
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from langgraph.checkpoint.sqlite.aio import AsyncSqliteSaver
from langgraph.graph import START, StateGraph
from typing_extensions import TypedDict

from awm_langgraph.agent import EpisodeContext
from awm_langgraph.environment.runtime import Runtime
from awm_langgraph.environment.snapshots import SnapshotStore
from awm_langgraph.errors import UsageError
from awm_langgraph.rollout import EpisodeFolder, RunFolder, find_run, open_run
from awm_langgraph.rollout.collection import collect_finished, collect_run, collect_snapshots, named_snapshots


class State(TypedDict, total=False):
    snapshot: str
    initial_snapshot: str


class Parent(TypedDict, total=False):
    answer: str


def gives(**update: str) -> Any:
    return lambda _: update


def fails_after(snapshot: str, saver: AsyncSqliteSaver) -> Any:
    async def node(_: State) -> State:
        async with asyncio.timeout(60):
            while snapshot not in await named_snapshots(saver, "one"):
                continue
        raise RuntimeError("in the middle of a step")

    return node


def chain(schema: type[Any], *nodes: Any) -> StateGraph[Any]:
    return StateGraph(schema).add_sequence([(f"node{number}", node) for number, node in enumerate(nodes)])


@pytest.fixture
async def saver(tmp_path: Path) -> AsyncIterator[AsyncSqliteSaver]:
    async with AsyncSqliteSaver.from_conn_string(str(tmp_path / "checkpoints.db")) as saver:
        yield saver


async def run(graph: StateGraph[Any], saver: AsyncSqliteSaver, thread_id: str) -> None:
    graph.add_edge(START, "node0")
    await graph.compile(checkpointer=saver).ainvoke({}, {"configurable": {"thread_id": thread_id}})


async def test_every_checkpoint_of_the_thread_counts_and_no_other_thread_does(saver: AsyncSqliteSaver) -> None:
    steps = gives(snapshot="a", initial_snapshot="a"), gives(snapshot="b"), gives(snapshot="c")
    await run(chain(State, *steps), saver, "one")
    await run(chain(State, gives(snapshot="d")), saver, "two")
    assert await named_snapshots(saver, "one") == {"a", "b", "c"}
    assert await named_snapshots(saver, "two") == {"d"}
    assert await named_snapshots(saver, "three") == frozenset()


async def test_what_a_node_answered_before_the_step_failed_counts(saver: AsyncSqliteSaver) -> None:
    graph = chain(State, gives(snapshot="a"))
    graph.add_node("tools", gives(snapshot="b")).add_edge("node0", "tools")
    graph.add_node("broken", fails_after("b", saver)).add_edge("node0", "broken")
    with pytest.raises(RuntimeError, match="in the middle"):
        await run(graph, saver, "one")
    assert await named_snapshots(saver, "one") == {"a", "b"}


async def test_the_checkpoints_of_a_subgraph_count(saver: AsyncSqliteSaver) -> None:
    inner = chain(State, gives(snapshot="a"), gives(snapshot="b")).add_edge(START, "node0")
    await run(chain(Parent, inner.compile(), gives(answer="done")), saver, "one")
    assert await named_snapshots(saver, "one") == {"a", "b"}


async def test_what_no_checkpoint_names_is_removed_when_it_is_old(saver: AsyncSqliteSaver, tmp_path: Path) -> None:
    episode = EpisodeFolder(tmp_path / "one")
    store = SnapshotStore(episode.snapshots)
    initial, between, final = (store.put(image) for image in (b"initial", b"between", b"final"))
    steps = gives(snapshot=initial, initial_snapshot=initial), gives(snapshot=final)
    assert (await collect_snapshots(saver, episode, min_age_seconds=0)).files == 0
    await run(chain(State, *steps), saver, "one")
    assert (await collect_snapshots(saver, episode)).files == 0
    for path in episode.snapshots.iterdir():
        os.utime(path, (1_000_000, 1_000_000))
    assert (await collect_snapshots(saver, episode)).files == 1
    assert [store.has(snapshot) for snapshot in (initial, between, final)] == [True, False, True]


async def test_an_episode_can_be_judged_again_after_collection(tmp_path: Path, runtime: Runtime) -> None:
    async with open_run(tmp_path, EpisodeContext(), catalog="bundled", runtime=runtime) as running:
        trajectory = await running.episode({"scenario": "support_desk", "task_idx": 3})
        episode = find_run(tmp_path, running.run_id).episode(trajectory.episode_id)
        SnapshotStore(episode.snapshots).put(b"nobody's")
        saver = running.graph.checkpointer
        assert isinstance(saver, AsyncSqliteSaver)
        assert (await collect_snapshots(saver, episode, min_age_seconds=0)).files >= 1
    store = SnapshotStore(episode.snapshots)
    assert store.get(trajectory.initial_snapshot) == episode.initial_database.read_bytes()
    assert store.get(trajectory.final_snapshot) == episode.final_database.read_bytes()


def age(folder: Path) -> None:
    """Make every file in a folder old."""
    for path in folder.iterdir():
        os.utime(path, (1_000_000, 1_000_000))


async def test_a_finished_episode_keeps_what_its_checkpoints_name_however_young_the_rest_is(
    tmp_path: Path, runtime: Runtime
) -> None:
    async with open_run(tmp_path, EpisodeContext(), catalog="bundled", runtime=runtime) as running:
        trajectory = await running.episode({"scenario": "support_desk", "task_idx": 3})
        episode = running.folder.episode(trajectory.episode_id)
        saver = running.graph.checkpointer
        assert isinstance(saver, AsyncSqliteSaver)
        store = SnapshotStore(episode.snapshots)
        nobodys = store.put(b"nobody's")
        assert (await collect_finished(running, trajectory.episode_id)).files >= 1
        assert not store.has(nobodys)
        named = await named_snapshots(saver, trajectory.episode_id)
        assert {trajectory.initial_snapshot, trajectory.final_snapshot} <= named
        assert all(store.has(snapshot) for snapshot in named)


async def test_snapshots_that_cannot_be_removed_are_no_fault_of_the_episode(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, runtime: Runtime
) -> None:
    async with open_run(tmp_path, EpisodeContext(), catalog="bundled", runtime=runtime) as running:
        trajectory = await running.episode({"scenario": "support_desk", "task_idx": 3})
        snapshots = running.folder.episode(trajectory.episode_id).snapshots
        snapshots.rename(snapshots.with_name("moved"))
        snapshots.write_text("in the way")
        assert (await collect_finished(running, trajectory.episode_id)).files == 0
    assert "cannot be removed" in caplog.text


@pytest.fixture
async def two_episodes(tmp_path: Path) -> RunFolder:
    """A run whose episodes share their first database, have one of their own, and one that is no longer named."""
    folder = RunFolder(tmp_path / "run")
    async with AsyncSqliteSaver.from_conn_string(str(tmp_path / "checkpoints.db")) as saver:
        for name in ("one", "two"):
            store = SnapshotStore(folder.episode(name).snapshots, shared=folder.episodes / ".shared")
            seeded = store.put(b"seeded", is_shared=True)
            store.put(b"no longer named" * 100, is_shared=True)
            steps = gives(snapshot=seeded, initial_snapshot=seeded), gives(snapshot=store.put(name.encode()))
            await run(chain(State, *steps), saver, name)
    (tmp_path / "checkpoints.db").rename(folder.checkpoints)
    return folder


async def test_collecting_a_run_frees_what_its_episodes_shared_when_the_last_has_let_go(
    two_episodes: RunFolder,
) -> None:
    one, two = (two_episodes.episode(name).snapshots for name in ("one", "two"))
    shared = two_episodes.episodes / ".shared"
    assert (await collect_run(two_episodes)).files == 0
    for folder in (one, two):
        age(folder)
    size = max(path.stat().st_size for path in shared.iterdir())
    removed = await collect_run(two_episodes)
    assert (removed.files, removed.freed_bytes) == (3, size)
    assert [len(list(folder.iterdir())) for folder in (one, two, shared)] == [2, 2, 1]
    assert (await collect_run(two_episodes, min_age_seconds=0)).files == 0


async def test_a_run_without_checkpoints_loses_nothing(two_episodes: RunFolder) -> None:
    snapshots = two_episodes.episode("one").snapshots
    age(snapshots)
    before = sorted(snapshots.iterdir())
    two_episodes.checkpoints.unlink()
    assert (await collect_run(two_episodes, min_age_seconds=0)).files == 0
    two_episodes.checkpoints.write_bytes(b"no database at all" * 100)
    with pytest.raises(UsageError, match="nothing is removed"):
        await collect_run(two_episodes, min_age_seconds=0)
    assert sorted(snapshots.iterdir()) == before
