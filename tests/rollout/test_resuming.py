"""Episodes that stopped in the middle, resumed from what is on disk: nothing is lost, repeated or doubled."""

import asyncio
import json
import re
import signal
import sqlite3
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import Any

import pytest
from langchain_core.messages import HumanMessage
from langgraph.checkpoint.base import BaseCheckpointSaver

from awm_langgraph.agent import EpisodeContext
from awm_langgraph.environment.runtime import Runtime
from awm_langgraph.episode import Trajectory
from awm_langgraph.errors import UsageError
from awm_langgraph.rollout import EpisodeRecord, Run, RunFolder, find_run, list_runs, open_run, reopen_run
from awm_langgraph.rollout.forking import thread_of
from awm_langgraph.rollout.records import Beginning
from awm_langgraph.rollout.waiting import EpisodeWaitsError

TASK: Any = {"scenario": "support_desk", "task_idx": 3, "episode_id": "e1"}
CONTEXT = EpisodeContext.model_validate({"seed": 1})


class StoppedError(Exception):
    pass


def stop_at(kind: str, times: int = 1) -> Any:
    """Fail when an event of this kind comes for the n-th time."""
    left = times

    def listen(event: Mapping[str, Any]) -> None:
        nonlocal left
        left -= event["type"] == kind
        if not left:
            raise StoppedError

    return listen


@asynccontextmanager
async def stopped_run(root: Path, kind: str, times: int = 1, *, runtime: Runtime) -> AsyncIterator[RunFolder]:
    """Make a run whose one episode stopped at an event."""
    async with open_run(root, CONTEXT, catalog="bundled", runtime=runtime) as run:
        with pytest.raises(StoppedError):
            await run.episode(TASK, stop_at(kind, times))
    yield run.folder


def timeless(value: Any) -> Any:
    """Write a value in JSON with its dates blotted out: seed rows are dated back from now."""
    return re.sub(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?", "TIME", json.dumps(value, indent=1))


def rows_of(database: Path) -> str:
    with closing(sqlite3.connect(database)) as connection:
        return str(timeless(list(connection.iterdump())))


def told(trajectory: Trajectory) -> str:
    """Keep what must be the same in an episode that was never interrupted: no times, and no ids made of them."""
    passing = {"latency_seconds": True, "snapshot": True, "usage": True}
    kept = {
        **trajectory.model_dump(include={"steps", "stop_reason", "final_answer", "decisions", "reward"}),
        "outcome": trajectory.verdict.outcome,
        "calls": [call.model_dump(exclude=passing) for call in trajectory.calls],
        "consultations": [one.model_dump(exclude=passing) for one in trajectory.consultations],
        "agent": trajectory.usage["agent"].model_dump(),
    }
    return str(timeless(kept))


async def record_in(run: Run) -> EpisodeRecord:
    return await run.store.episode("e1")


@pytest.fixture(scope="module")
def uninterrupted(tmp_path_factory: pytest.TempPathFactory, runtime: Runtime) -> tuple[Trajectory, str]:
    async def play() -> tuple[Trajectory, str]:
        async with open_run(tmp_path_factory.mktemp("whole"), CONTEXT, catalog="bundled", runtime=runtime) as run:
            trajectory = await run.episode(TASK)
        assert trajectory.verdict.outcome == "complete", trajectory.error
        return trajectory, rows_of(run.folder.episode("e1").final_database)

    return asyncio.run(play())


MIDDLES = [("turn", 2), ("call", 3), ("consultation", 1)]


@pytest.mark.parametrize(("kind", "times"), [("start", 1), ("reset", 1), *MIDDLES, ("verdict", 1)])
async def test_an_episode_that_was_stopped_ends_like_one_that_was_not(
    tmp_path: Path, uninterrupted: tuple[Trajectory, str], kind: str, times: int, runtime: Runtime
) -> None:
    async with (
        stopped_run(tmp_path, kind, times, runtime=runtime) as folder,
        reopen_run(folder, runtime=runtime) as run,
    ):
        trajectory = await run.resume("e1")
        record = await record_in(run)
    assert told(trajectory) == told(uninterrupted[0])
    assert (record.calls, record.consultations) == (trajectory.calls, trajectory.consultations)
    assert [step.number for step in record.steps] == list(range(1, trajectory.steps + 1))
    assert rows_of(folder.episode("e1").final_database) == uninterrupted[1]


async def test_finished_nodes_are_not_run_again(tmp_path: Path, runtime: Runtime) -> None:
    seen: list[tuple[str, int]] = []
    async with (
        stopped_run(tmp_path, "consultation", runtime=runtime) as folder,
        reopen_run(folder, runtime=runtime) as run,
    ):
        last = max(call.step for call in (await record_in(run)).calls)
        await run.resume("e1", on_event=lambda event: seen.append((event["type"], event.get("step", 0))))
    assert next(step for kind, step in seen if kind == "call") == last + 1
    assert not {"start", "reset"} & {kind for kind, _ in seen}


async def test_what_a_node_left_when_it_was_cut_off_is_done_again(
    tmp_path: Path, uninterrupted: tuple[Trajectory, str], runtime: Runtime
) -> None:
    async with stopped_run(tmp_path, "call", 3, runtime=runtime) as folder, reopen_run(folder, runtime=runtime) as run:
        await run.graph.aupdate_state(thread_of("e1"), None, as_node="__copy__")
        checkpoint = await run.graph.aget_state(thread_of("e1"))
        (cut_off,) = checkpoint.tasks
        saver = run.graph.checkpointer
        assert isinstance(saver, BaseCheckpointSaver)
        # as LangGraph does for a node that is cancelled between its answer and its choice of the next node
        half = [("messages", [HumanMessage("half")]), ("__error__", RuntimeError("cancelled"))]
        await saver.aput_writes(checkpoint.config, half, cut_off.id)
        trajectory = await run.resume("e1")
    assert told(trajectory) == told(uninterrupted[0])
    assert "half" not in str(trajectory.messages)


async def test_a_step_that_was_recorded_and_not_checkpointed_is_recorded_once(tmp_path: Path, runtime: Runtime) -> None:
    async with stopped_run(tmp_path, "call", 2, runtime=runtime) as folder, reopen_run(folder, runtime=runtime) as run:
        before = await record_in(run)
        trajectory = await run.resume("e1")
        record = await record_in(run)
    assert len(before.calls) == 2
    assert [call.call_id for call in record.calls] == [call.call_id for call in trajectory.calls]
    assert len({(call.step, call.call_id) for call in record.calls}) == len(record.calls)


async def test_a_step_that_was_checkpointed_and_not_recorded_is_in_the_record(tmp_path: Path, runtime: Runtime) -> None:
    async with stopped_run(tmp_path, "call", 2, runtime=runtime) as folder:
        with closing(sqlite3.connect(folder.store)) as connection, connection:
            connection.execute("DELETE FROM calls")
            connection.execute("DELETE FROM steps")
        async with reopen_run(folder, runtime=runtime) as run:
            trajectory = await run.resume("e1")
            record = await record_in(run)
    assert record.calls == trajectory.calls
    assert [step.number for step in record.steps] == list(range(1, trajectory.steps + 1))
    turns = [step.message["data"]["tool_calls"] for step in record.steps]
    spoken = [message["data"] for message in trajectory.messages if message["type"] == "ai"]
    assert turns == [turn["tool_calls"] for turn in spoken[: len(turns)]]


async def test_an_episode_without_a_checkpoint_begins_anew(tmp_path: Path, runtime: Runtime) -> None:
    async with open_run(tmp_path, CONTEXT, catalog="bundled", runtime=runtime) as run:
        first = await run.episode(TASK | {"episode_id": "e0"})
        context = CONTEXT.model_dump(mode="json")
        await run.store.start_episode(
            Beginning(episode_id="e1", task=first.task, provenance=run.provenance, context=context)
        )
        assert told(await run.resume("e1")) == told(first)


async def test_an_episode_goes_on_with_its_own_settings_whatever_those_of_the_process(
    tmp_path: Path, runtime: Runtime
) -> None:
    from awm_langgraph.settings import Settings, use_settings

    async with stopped_run(tmp_path, "call", runtime=runtime) as folder:
        with use_settings(Settings.load(agent={"model": "scripted:solver"})):
            async with reopen_run(folder, runtime=runtime) as run:
                trajectory = await run.resume("e1")
    assert trajectory.provenance.models["agent"] == "scripted:novice"
    assert len(trajectory.consultations) == 1


async def test_only_an_unfinished_episode_can_be_resumed_and_only_a_waiting_one_answered(
    tmp_path: Path, runtime: Runtime
) -> None:
    async with stopped_run(tmp_path, "call", runtime=runtime) as folder, reopen_run(folder, runtime=runtime) as run:
        with pytest.raises(UsageError, match="give no answer"):
            await run.resume("e1", answer={"notes": "Go on."})
        await run.resume("e1")
        with pytest.raises(UsageError, match=r"found e1 finished \(complete\)"):
            await run.resume("e1")
        with pytest.raises(UsageError, match="found 'e2'"):
            await run.resume("e2")


async def test_an_episode_waits_for_a_person_until_it_is_answered_fitly(tmp_path: Path, runtime: Runtime) -> None:
    context = EpisodeContext.model_validate({"seed": 1, "expert_kind": "human"})
    async with open_run(tmp_path, context, catalog="bundled", runtime=runtime) as run:
        with pytest.raises(EpisodeWaitsError, match="resume e1 --answer") as waits:
            await run.episode(TASK)
        before = await record_in(run)
    assert (before.outcome, waits.value.episode_id) == ("unfinished", "e1")
    assert "pending" in waits.value.question["instruction"]
    assert waits.value.answer_schema
    async with reopen_run(run.folder, runtime=runtime) as again:
        with pytest.raises(EpisodeWaitsError):
            await again.resume("e1")
        for name in ("nots", "advise"):
            with pytest.raises(
                EpisodeWaitsError, match=rf"sent back \(the answer does not fit the form: {name}: Extra"
            ):
                await again.resume("e1", answer={name: "Give ticket_id."})
        call = 'update_ticket {"ticket_id": 12, "status": "pending"}'
        answer = {"plan_text": call, "final_answer": "It was sent again, and the ticket is pending."}
        trajectory = await again.resume("e1", answer=answer)
        record = await record_in(again)
    assert trajectory.verdict.outcome == "complete"
    assert record.calls[: len(before.calls)] == before.calls
    assert [one.expert for one in record.consultations] == ["human"]
    assert len(record.calls) == len({(call.step, call.call_id) for call in record.calls}) == 4


CHILD = """
import asyncio, sys
from pathlib import Path
from awm_langgraph.agent import EpisodeContext
from awm_langgraph.rollout import open_run

async def main(root, kind, times):
    left = int(times)

    def listen(event):
        nonlocal left
        left -= event["type"] == kind
        if not left:
            print("there", flush=True)
            sys.stdin.read()  # until killed

    context = EpisodeContext.model_validate({"seed": 1})
    async with open_run(Path(root), context, catalog="bundled") as run:
        await run.episode({"scenario": "support_desk", "task_idx": 3, "episode_id": "e1"}, listen)

asyncio.run(main(*sys.argv[1:]))
"""


@pytest.mark.parametrize(("kind", "times"), MIDDLES)
async def test_an_episode_whose_process_was_killed_ends_like_one_that_was_not(
    tmp_path: Path, uninterrupted: tuple[Trajectory, str], kind: str, times: int, runtime: Runtime
) -> None:
    child = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", CHILD, str(tmp_path), kind, str(times)),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    assert child.stdout
    assert await asyncio.wait_for(child.stdout.readline(), timeout=300) == b"there\n"
    child.kill()
    await child.communicate()
    assert child.returncode == -signal.SIGKILL
    (folder,) = list_runs(tmp_path)
    async with reopen_run(find_run(tmp_path, folder.run_id), runtime=runtime) as run:
        (row,) = await run.store.episodes()
        trajectory = await run.resume("e1")
        record = await record_in(run)
    assert row.outcome == "unfinished"
    assert told(trajectory) == told(uninterrupted[0])
    assert (record.outcome, record.calls) == (uninterrupted[0].verdict.outcome, trajectory.calls)
    assert rows_of(folder.episode("e1").final_database) == uninterrupted[1]


async def test_an_episode_that_another_process_plays_is_left_to_it(tmp_path: Path, runtime: Runtime) -> None:
    child = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", CHILD, str(tmp_path), "call", "2"),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    assert child.stdout
    try:
        assert await asyncio.wait_for(child.stdout.readline(), timeout=300) == b"there\n"
        (folder,) = list_runs(tmp_path)
        async with reopen_run(folder, runtime=runtime) as run:
            before = await record_in(run)
            with pytest.raises(UsageError, match="episode e1 is being played by another process: wait for it or end"):
                await run.resume("e1")
            assert await record_in(run) == before
    finally:
        child.kill()
        await child.communicate()
    async with reopen_run(folder, runtime=runtime) as run:
        assert (await run.resume("e1")).verdict.outcome == "complete"
    assert list((folder.path / "playing").iterdir()) == []
