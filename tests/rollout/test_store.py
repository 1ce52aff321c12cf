"""The run store, on real SQLite files."""

import asyncio
import json
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from awm_langgraph.episode import (
    Advice,
    ConsultationRecord,
    Decision,
    PlanStep,
    Provenance,
    Reward,
    SeedProblem,
    Task,
    ToolOutcome,
    Trajectory,
    Usage,
    Verdict,
)
from awm_langgraph.errors import UsageError
from awm_langgraph.rollout.records import Beginning, Origin, Progress, RunRecord, StepRecord
from awm_langgraph.rollout.store import RunStore

TASK = Task(catalog="bundled", scenario="shop", task_idx=3, instruction="Größe ändern")
PROVENANCE = Provenance(
    version="0.1",
    catalog_fingerprint="c0ffee",
    prompts={"agent": "abc"},
    models={"agent": "scripted:novice", "expert": "openai:big"},
    condition="dynamic",
    seed=7,
)
RUN = RunRecord(run_id="r1", created_at=datetime(2026, 11, 21, 7, 33, tzinfo=UTC), provenance=PROVENANCE)
PROBLEM = SeedProblem(scenario="shop", table="orders", statement="INSERT ...", reason="UNIQUE constraint failed")
STEP = StepRecord(
    number=1,
    message={"type": "ai", "data": {"content": "Let me see."}},
    usage=Usage(model_calls=1, input_tokens=10, output_tokens=2),
    latency_seconds=0.5,
)
FIRST = ToolOutcome(name="look", arguments={}, kind="rejected", text="no", status=404, step=1, call_id="a")
SECOND = ToolOutcome(
    name="set_size",
    arguments={"size": {"cm": 4.5}, "half": "\ud800"},
    kind="ok",
    text="fine",
    status=200,
    changed=True,
    snapshot="s2",
    latency_seconds=0.1,
    step=2,
    call_id="b",
)
CONSULTATION = ConsultationRecord(
    number=1,
    trigger="error",
    reason="the last step met an error",
    step=1,
    after_calls=1,
    expert="dynamic",
    model="openai:big",
    tier="criteria",
    advice=Advice(plan=(PlanStep(tool="set_size", arguments={"size": 4}, why="it is wrong"),), notes="look"),
    complaints=("plan step 1: ...",),
    usage=Usage(model_calls=2, input_tokens=100, output_tokens=20),
    latency_seconds=2.5,
)
DECISION = Decision(step=1, trigger="error", reaction="route", reason="the last step met an error")
TRAJECTORY = Trajectory(
    episode_id="e1",
    task=TASK,
    provenance=PROVENANCE,
    seed_problems=(PROBLEM,),
    calls=(FIRST, SECOND),
    consultations=(CONSULTATION,),
    steps=2,
    stop_reason="final_answer",
    final_answer="Done.",
    initial_snapshot="s1",
    final_snapshot="s2",
    verdict=Verdict(
        outcome="complete", result="complete", control="others", evidence={"rows": [1]}, latency_seconds=0.2
    ),
    reward=Reward(environment=1.0, shaped=1.3, parts={"environment": 1.0, "recovery": 0.3}, pattern="recovery"),
    usage={
        "agent": Usage(model_calls=3, input_tokens=30, output_tokens=6),
        "expert": Usage(model_calls=2, input_tokens=100, output_tokens=20),
    },
    latency_seconds=9.5,
)


def beginning(episode_id: str = "e1", **fields: Any) -> Beginning:
    return Beginning(episode_id=episode_id, task=TASK, provenance=PROVENANCE, seed_problems=(PROBLEM,), **fields)


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[RunStore]:
    async with await RunStore.create(tmp_path / "run.db", RUN) as store:
        yield store


async def write_as_it_happens(store: RunStore) -> None:
    await store.start_episode(beginning())
    await store.record_step("e1", STEP)
    await store.record_call("e1", FIRST)
    await store.record_consultation("e1", CONSULTATION)
    await store.record_call("e1", SECOND)


async def test_an_episode_is_there_as_it_happens_and_shows_as_unfinished(store: RunStore) -> None:
    await write_as_it_happens(store)

    (row,) = await store.episodes()
    assert (row.outcome, row.stop_reason, row.reward, row.finished_at) == ("unfinished", None, None, None)
    assert (row.task, row.provenance, row.seed_problems) == (TASK, PROVENANCE, (PROBLEM,))
    assert (row.step_count, row.call_count, row.consultation_count) == (1, 2, 1)
    assert row.usage == {"agent": STEP.usage, "expert": CONSULTATION.usage}
    episode = await store.episode("e1")
    assert (episode.steps, episode.calls, episode.consultations) == ((STEP,), (FIRST, SECOND), (CONSULTATION,))
    assert episode.verdict is None


async def test_a_finished_episode_is_its_trajectory_and_nothing_is_doubled(store: RunStore) -> None:
    await write_as_it_happens(store)
    await store.finish_episode(TRAJECTORY)
    once = await store.episode("e1")
    await store.finish_episode(TRAJECTORY)

    assert await store.episode("e1") == once
    assert (once.calls, once.consultations, once.steps) == (TRAJECTORY.calls, TRAJECTORY.consultations, (STEP,))
    for name in ("verdict", "reward", "usage", "final_answer", "stop_reason", "latency_seconds", "seed_problems"):
        assert getattr(once, name) == getattr(TRAJECTORY, name)
    assert (once.outcome, once.step_count, once.initial_snapshot, once.final_snapshot) == ("complete", 2, "s1", "s2")
    assert once.finished_at is not None
    assert once.started_at <= once.finished_at


async def test_an_episode_that_nobody_recorded_can_be_finished_all_the_same(store: RunStore) -> None:
    await store.finish_episode(TRAJECTORY)

    assert (await store.episode("e1")).calls == TRAJECTORY.calls


async def test_the_trajectory_corrects_what_was_written_as_it_happened(store: RunStore) -> None:
    await write_as_it_happens(store)
    await store.finish_episode(TRAJECTORY.model_copy(update={"calls": (SECOND,), "consultations": ()}))

    episode = await store.episode("e1")
    assert (episode.calls, episode.consultations) == ((SECOND,), ())


async def test_a_resumed_episode_writes_its_last_step_again_without_doubling_it(store: RunStore) -> None:
    await write_as_it_happens(store)
    started_at = (await store.episode("e1")).started_at
    again = SECOND.model_copy(update={"text": "again"})
    await store.start_episode(beginning())
    await store.record_step("e1", STEP)
    await store.record_call("e1", again)
    await store.record_consultation("e1", CONSULTATION)

    episode = await store.episode("e1")
    assert (episode.calls, episode.steps, episode.started_at) == ((FIRST, again), (STEP,), started_at)
    assert episode.usage["agent"] == STEP.usage


async def test_a_record_is_made_again_from_what_a_checkpoint_says(store: RunStore) -> None:
    await write_as_it_happens(store)
    await store.record_decision("e1", DECISION)
    progress = Progress(steps=(STEP,), calls=(FIRST,), usage={"agent": STEP.usage})
    await store.rewrite_episode("e1", progress)

    episode = await store.episode("e1")
    assert (episode.steps, episode.calls, episode.consultations, episode.decisions) == ((STEP,), (FIRST,), (), ())
    assert episode.usage == {"agent": STEP.usage}
    assert episode.seed_problems == (PROBLEM,)


async def test_a_fork_begins_with_a_past_and_keeps_its_origin_and_its_settings(store: RunStore) -> None:
    origin = Origin(episode_id="e0", step=1, consultation=1, arm="with", repeat=0)
    progress = Progress(steps=(STEP,), calls=(FIRST,), consultations=(CONSULTATION,), decisions=(DECISION,))
    await store.start_fork(beginning("e2", forked_from=origin, context={"seed": 7}), progress)
    await store.finish_episode(TRAJECTORY.model_copy(update={"episode_id": "e2", "decisions": (DECISION, DECISION)}))

    fork = await store.episode("e2")
    assert (fork.forked_from, fork.context) == (origin, {"seed": 7})
    assert (fork.steps, fork.decisions, fork.is_finished) == ((STEP,), (DECISION, DECISION), True)


async def test_decisions_are_kept_in_their_order(store: RunStore) -> None:
    await store.start_episode(beginning())
    later = DECISION.model_copy(update={"step": 2, "reaction": "nudge"})
    for decision in (DECISION, later, later):
        await store.record_decision("e1", decision)

    assert (await store.episode("e1")).decisions == (DECISION, later, later)


async def test_a_sum_of_costs_is_unknown_where_one_of_them_is(store: RunStore) -> None:
    await store.start_episode(beginning())
    for number, cost in ((1, 0.25), (2, 0.5)):
        usage = Usage(model_calls=1, cost_usd=cost)
        await store.record_step("e1", STEP.model_copy(update={"number": number, "usage": usage}))
    known = (await store.episode("e1")).usage["agent"].cost_usd
    await store.record_step("e1", STEP.model_copy(update={"number": 3, "usage": Usage(cost_usd=None)}))

    assert (known, (await store.episode("e1")).usage["agent"].cost_usd) == (0.75, None)


async def test_calls_without_an_id_are_all_kept(store: RunStore) -> None:
    anonymous = FIRST.model_copy(update={"call_id": ""})
    await store.start_episode(beginning())
    await store.record_call("e1", anonymous)
    await store.record_call("e1", anonymous)

    assert (await store.episode("e1")).calls == (anonymous, anonymous)


async def test_an_episode_without_a_reward_has_none(store: RunStore) -> None:
    await store.finish_episode(TRAJECTORY.model_copy(update={"reward": None, "verdict": Verdict(outcome="void")}))

    (row,) = await store.episodes()
    assert (row.reward, row.outcome) == (None, "void")


async def test_half_characters_are_escaped_where_text_cannot_hold_them(store: RunStore) -> None:
    await store.start_episode(beginning())
    await store.record_call("e1", FIRST.model_copy(update={"name": "a\ud800", "text": "b\ud800\0c"}))

    (call,) = (await store.episode("e1")).calls
    assert (call.name, call.text) == ("a\\ud800", "b\\ud800\0c")


async def test_many_tasks_write_through_one_store(store: RunStore) -> None:
    async def episode(number: int) -> None:
        name = f"e{number}"
        await store.start_episode(beginning(name))
        for step in range(1, 6):
            await store.record_call(name, FIRST.model_copy(update={"step": step}))
        await store.finish_episode(TRAJECTORY.model_copy(update={"episode_id": name}))

    await asyncio.gather(*(episode(number) for number in range(20)))

    rows = await store.episodes()
    assert {row.episode_id for row in rows} == {f"e{number}" for number in range(20)}
    assert {(row.outcome, row.call_count) for row in rows} == {("complete", 2)}


async def test_a_failing_write_leaves_the_others_alone(store: RunStore) -> None:
    await store.start_episode(beginning())
    results = await asyncio.gather(
        store.record_call("e1", FIRST),
        store.record_call("nobody", FIRST),
        store.record_call("e1", SECOND),
        return_exceptions=True,
    )

    assert [type(result) for result in results] == [type(None), sqlite3.IntegrityError, type(None)]
    assert (await store.episode("e1")).calls == (FIRST, SECOND)


async def test_a_cancelled_writer_leaves_no_half_episode(store: RunStore) -> None:
    writing = asyncio.create_task(store.finish_episode(TRAJECTORY))
    await asyncio.sleep(0)
    writing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await writing

    assert (await store.episode("e1")).calls == TRAJECTORY.calls


async def test_closing_completes_what_cancelled_callers_began(tmp_path: Path) -> None:
    path = tmp_path / "run.db"
    store = await RunStore.create(path, RUN)
    writing = asyncio.create_task(store.finish_episode(TRAJECTORY))
    await asyncio.sleep(0)
    writing.cancel()
    closing_store = asyncio.create_task(store.close())
    await asyncio.sleep(0)
    closing_store.cancel()
    with pytest.raises(asyncio.CancelledError):
        await closing_store

    assert not path.with_name("run.db-wal").exists()
    await store.close()
    async with await RunStore.open(path) as reopened:
        assert (await reopened.episode("e1")).outcome == "complete"


async def test_a_store_is_read_while_another_process_writes_it(store: RunStore) -> None:
    await write_as_it_happens(store)

    async with await RunStore.open(store.path) as reader:
        assert (await reader.episode("e1")).calls == (FIRST, SECOND)
        assert await reader.run() == RUN


async def test_a_reader_sees_what_is_complete_while_a_writer_is_in_the_middle(store: RunStore) -> None:
    await store.start_episode(beginning())

    with closing(sqlite3.connect(store.path, isolation_level=None)) as writer:
        writer.execute("BEGIN EXCLUSIVE")
        writer.execute("UPDATE episodes SET scenario = 'half'")
        (row,) = await store.episodes()
        writer.execute("ROLLBACK")

    assert row.task == TASK


async def test_an_export_is_one_line_of_json_for_each_episode(store: RunStore) -> None:
    await write_as_it_happens(store)
    await store.finish_episode(TRAJECTORY.model_copy(update={"episode_id": "e2"}))

    lines = [line async for line in store.export()]

    assert not any("\n" in line for line in lines)
    unfinished, finished = (json.loads(line) for line in lines)
    assert (unfinished["run"]["run_id"], unfinished["outcome"]) == ("r1", "unfinished")
    assert finished["seed_problems"] == [PROBLEM.model_dump()]
    assert finished["consultations"][0]["advice"]["plan"][0]["tool"] == "set_size"
    assert finished["reward"]["parts"] == {"environment": 1.0, "recovery": 0.3}


async def test_an_unknown_episode_is_a_users_mistake(store: RunStore) -> None:
    with pytest.raises(UsageError, match="found 'e9'"):
        await store.episode("e9")


async def test_columns_can_be_queried_with_any_sqlite_tool(store: RunStore) -> None:
    await store.finish_episode(TRAJECTORY)
    query = """
        SELECT scenario, task_idx, condition, is_scripted, shaped_reward, pattern, verdicts.outcome, sum(input_tokens)
        FROM episodes JOIN verdicts ON verdicts.episode_id = id JOIN tokens ON tokens.episode_id = id
    """

    with closing(sqlite3.connect(store.path)) as connection:
        assert connection.execute(query).fetchone() == ("shop", 3, "dynamic", 1, 1.3, "recovery", "complete", 130)
