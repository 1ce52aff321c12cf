"""Forks of real episodes: what they go on from, what they share with nobody, and what is kept of their origin."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from awm_langgraph.agent import EpisodeContext
from awm_langgraph.environment.runtime import Runtime
from awm_langgraph.environment.snapshots import SnapshotStore
from awm_langgraph.episode import Trajectory
from awm_langgraph.errors import SnapshotError, UsageError
from awm_langgraph.rollout import Run, open_run
from awm_langgraph.rollout.forking import before_consultation, lineage_of, thread_of
from awm_langgraph.rollout.records import Origin

NOVICE = EpisodeContext.model_validate({"seed": 1})
SOLVER = EpisodeContext.model_validate({"agent": "scripted:solver"})
TASK: Any = {"scenario": "support_desk", "task_idx": 3, "episode_id": "e1"}


@pytest.fixture
async def played(tmp_path: Path, runtime: Runtime) -> AsyncIterator[tuple[Run, Trajectory]]:
    """Run the novice's episode: two calls that succeed, one that fails, advice, and one that succeeds."""
    async with open_run(tmp_path, NOVICE, catalog="bundled", runtime=runtime) as run:
        trajectory = await run.episode(TASK)
        assert [call.kind for call in trajectory.calls] == ["ok", "ok", "invalid_args", "ok"]
        yield run, trajectory


def comments_in(run: Run, episode_id: str) -> int:
    with closing(sqlite3.connect(run.folder.episode(episode_id).final_database)) as connection:
        return int(connection.execute("SELECT count(*) FROM comments").fetchone()[0])


async def test_a_fork_goes_on_from_a_step_and_leaves_the_old_episode_as_it_was(played: tuple[Run, Trajectory]) -> None:
    run, old = played
    record = await run.store.episode("e1")
    fork = await run.fork("e1", 2, context=SOLVER)
    assert fork.verdict.outcome == "complete"
    assert [(call.name, call.kind) for call in fork.calls] == [
        ("get_ticket", "ok"),
        ("add_comment", "ok"),
        ("update_ticket", "ok"),
    ]
    assert fork.calls[:2] == old.calls[:2]
    assert fork.consultations == ()
    assert await run.store.episode("e1") == record
    assert await run.folder.episode("e1").load_trajectory() == old


async def test_the_record_of_a_fork_is_whole_and_says_where_it_comes_from(played: tuple[Run, Trajectory]) -> None:
    run, old = played
    fork = await run.fork("e1", 2, context=SOLVER)
    record, parent = await run.store.episode(fork.episode_id), await run.store.episode("e1")
    assert record.forked_from == Origin(episode_id="e1", step=2)
    assert parent.forked_from is None
    assert record.steps[:2] == parent.steps[:2]
    assert [step.number for step in record.steps] == [1, 2, 3]
    assert record.calls == fork.calls
    assert record.provenance == fork.provenance
    assert (fork.provenance.models["agent"], old.provenance.models["agent"]) == ("scripted:solver", "scripted:novice")
    assert fork.latency_seconds < old.latency_seconds + 60


async def test_the_database_of_a_fork_is_the_one_of_its_step(played: tuple[Run, Trajectory]) -> None:
    run, old = played
    before, after = await run.fork("e1", 1, context=SOLVER), await run.fork("e1", 2, context=SOLVER)
    # the comment is written again by the fork from before it, and is there once in each
    assert comments_in(run, before.episode_id) == comments_in(run, after.episode_id) == comments_in(run, "e1")
    assert after.calls[1].snapshot == old.calls[1].snapshot
    assert before.calls[1].changed
    assert before.initial_snapshot == old.initial_snapshot


async def test_concurrent_forks_of_one_step_do_not_see_each_other_s_writes(played: tuple[Run, Trajectory]) -> None:
    run, _ = played
    forks = await asyncio.gather(*(run.fork("e1", 1, context=SOLVER) for _ in range(4)))
    assert [fork.verdict.outcome for fork in forks] == ["complete"] * 4
    assert {comments_in(run, fork.episode_id) for fork in forks} == {comments_in(run, "e1")}
    assert len({fork.episode_id for fork in forks}) == 4


@pytest.mark.parametrize(
    ("kind", "consultations", "outcome"), [("none", 0, "format_error"), ("dynamic", 1, "complete")]
)
async def test_what_follows_a_step_is_decided_by_the_fork_s_own_condition(
    played: tuple[Run, Trajectory], kind: str, consultations: int, outcome: str
) -> None:
    run, _ = played
    context = EpisodeContext.model_validate({**NOVICE.model_dump(), "expert_kind": kind})
    # step 3 is the failed one, after which the expert comes, if there is one
    fork = await run.fork("e1", 3, context=context)
    assert len(fork.consultations) == consultations
    assert fork.verdict.outcome == outcome
    assert fork.provenance.condition == context.condition


async def test_a_fork_from_the_beginning_is_a_whole_episode_on_the_same_database(
    played: tuple[Run, Trajectory],
) -> None:
    run, old = played
    fork = await run.fork("e1", 0)
    assert [call.name for call in fork.calls] == [call.name for call in old.calls]
    assert fork.verdict.outcome == "complete"
    assert fork.initial_snapshot == old.initial_snapshot


async def test_the_agent_of_a_fork_can_be_told_something(played: tuple[Run, Trajectory]) -> None:
    run, _ = played
    fork = await run.fork("e1", 2, context=SOLVER, note="Mind the priority.")
    told = [message["data"]["content"] for message in fork.messages if message["type"] == "human"]
    assert told[-1] == "Mind the priority."


async def test_a_fork_can_be_forked_and_resumed(played: tuple[Run, Trajectory]) -> None:
    class StoppedError(Exception):
        pass

    def stop(_: Any) -> None:
        raise StoppedError

    run, _ = played
    with pytest.raises(StoppedError):
        await run.fork("e1", 2, context=SOLVER, on_event=stop)
    (unfinished,) = [row for row in await run.store.episodes() if row.forked_from]
    assert (unfinished.outcome, unfinished.call_count) == ("unfinished", 2)
    resumed = await run.resume(unfinished.episode_id)
    assert (resumed.verdict.outcome, len(resumed.calls)) == ("complete", 3)
    again = await run.fork(resumed.episode_id, 3)
    assert again.calls == resumed.calls


async def test_a_step_that_is_not_there_is_the_user_s_mistake(played: tuple[Run, Trajectory]) -> None:
    run, _ = played
    with pytest.raises(UsageError, match="expected a step of the episode, 0 to 4, found 9"):
        await run.fork("e1", 9)
    with pytest.raises(UsageError, match="found 'e7'"):
        await run.fork("e7", 1)


@pytest.mark.parametrize(
    ("changes", "step", "complaint"),
    [
        ({"expert_kind": "memory"}, 2, "found no `past`"),
        ({"expert_kind": "static", "past": ["{run}"]}, 2, "found expert_kind static, who advises before the first one"),
        ({"agent": "scripted:nobody"}, 2, "scripted:nobody"),
    ],
)
async def test_what_cannot_be_played_is_told_before_anything_is_made(
    played: tuple[Run, Trajectory], changes: dict[str, Any], step: int, complaint: str
) -> None:
    run, _ = played
    folder = str(run.folder.path)
    changes = {name: [folder] if name == "past" else value for name, value in changes.items()}
    context = EpisodeContext.model_validate({**NOVICE.model_dump(), **changes})
    with pytest.raises(UsageError, match=complaint):
        await run.begin_fork("e1", step, context=context)
    assert [row.episode_id for row in await run.store.episodes()] == ["e1"]
    assert [path.name for path in run.folder.episodes.iterdir() if not path.name.startswith(".")] == ["e1"]


async def test_static_advice_is_given_to_a_fork_from_the_beginning_and_kept_by_one_from_a_later_step(
    played: tuple[Run, Trajectory],
) -> None:
    run, _ = played
    past = {"expert_kind": "static", "past": [str(run.folder.path)]}
    context = EpisodeContext.model_validate({**NOVICE.model_dump(), **past})
    advised = await run.fork("e1", 0, context=context)
    assert [one.trigger for one in advised.consultations] == ["start"]
    again = await run.fork(advised.episode_id, 1, context=context)
    assert again.consultations == advised.consultations


async def test_earlier_episodes_are_found_from_any_folder(
    played: tuple[Run, Trajectory], monkeypatch: pytest.MonkeyPatch
) -> None:
    run, _ = played
    monkeypatch.chdir(run.folder.path.parent)
    context = EpisodeContext.model_validate({**NOVICE.model_dump(), "expert_kind": "memory", "past": [run.run_id]})
    begun = await run.begin_fork("e1", 2, context=context)
    assert begun.context["past"] == [str(run.folder.path)]
    monkeypatch.chdir("/")
    ended = await run.resume(begun.episode_id)
    # it was read there, and nothing in it is alike
    assert "no completed task is remembered" in ended.consultations[0].error


async def test_databases_are_linked_and_a_missing_one_is_told(played: tuple[Run, Trajectory]) -> None:
    run, old = played
    fork = await run.fork("e1", 2, context=SOLVER)
    shared = [
        run.folder.episode(name).snapshots / f"{old.calls[1].snapshot}.db.zst" for name in ("e1", fork.episode_id)
    ]
    assert shared[0].samefile(shared[1])
    shared[0].unlink()
    assert SnapshotStore(shared[1].parent).get(old.calls[1].snapshot)
    with pytest.raises(SnapshotError, match="cannot be had"):
        await run.fork("e1", 2, context=SOLVER)


async def test_the_moment_before_a_consultation_is_found_with_what_it_added(played: tuple[Run, Trajectory]) -> None:
    run, old = played
    line = await lineage_of(run.graph, "e1")
    found = before_consultation(line, 1)
    assert found is not None
    assert len(found.before.values["calls"]) == old.consultations[0].after_calls == 3
    assert found.before.values["consultations"] == []
    assert found.added["consultations"] == [old.consultations[0].model_dump(mode="json")]
    assert [message.name for message in found.added["messages"]] == ["expert"]
    assert before_consultation(line, 2) is None
    assert await lineage_of(run.graph, "nobody") == []
    assert (await run.graph.aget_state(thread_of("e1"))).config == line[-1].config
