"""The worth of advice on real episodes, with a scripted agent whose answer is known.

Task 0 takes one call, and the novice spoils its first one whatever its seed: without advice it never completes the
task, with it always.
"""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from awm_langgraph.agent import EpisodeContext
from awm_langgraph.environment.runtime import Runtime
from awm_langgraph.episode import Trajectory
from awm_langgraph.errors import UsageError
from awm_langgraph.rollout import Run, open_run
from awm_langgraph.rollout.counterfactual import weigh_advice
from awm_langgraph.rollout.records import EpisodeRow
from awm_langgraph.testing import OpenAIServer, calls, text, tool_call

TASK: Any = {"scenario": "support_desk", "task_idx": 0, "episode_id": "e1"}


def ignore(done: int, total: int) -> None:
    pass


@pytest.fixture
async def run(tmp_path: Path, runtime: Runtime) -> AsyncIterator[Run]:
    async with open_run(tmp_path, EpisodeContext(seed=5), catalog="bundled", runtime=runtime) as run:
        trajectory = await run.episode(TASK)
        assert (trajectory.verdict.outcome, len(trajectory.consultations)) == ("complete", 1)
        yield run


async def continuations(run: Run) -> list[EpisodeRow]:
    return [row for row in await run.store.episodes() if row.forked_from]


async def test_advice_that_decides_everything_is_worth_everything(run: Run) -> None:
    seen: list[tuple[int, int]] = []
    (worth,) = await weigh_advice(
        run, ["e1"], repeats=3, concurrency=2, on_progress=lambda done, total: seen.append((done, total))
    )
    assert (worth.completed_with, worth.completed_without, worth.pairs, worth.left_out) == (3, 0, 3, 0)
    assert worth.is_scripted
    assert worth.completion
    assert worth.completion.value == 1.0
    assert worth.completion.low
    assert 0 < worth.completion.low < 1
    assert worth.steps
    assert worth.steps.value < 0
    assert seen == [(done, 6) for done in range(7)]


async def test_the_two_arms_share_their_seed_their_past_and_nothing_else(run: Run) -> None:
    parent = await run.store.episode("e1")
    (worth,) = await weigh_advice(run, ["e1"], repeats=2, concurrency=4, on_progress=ignore)
    helped = [await run.store.episode(name) for name in worth.episodes["with"]]
    alone = [await run.store.episode(name) for name in worth.episodes["without"]]
    assert [one.provenance.seed for one in helped] == [one.provenance.seed for one in alone] == [5, 6]
    assert {one.provenance.condition for one in (*helped, *alone)} == {"with advice 1", "without advice 1"}
    assert all(one.calls[0] == parent.calls[0] for one in (*helped, *alone))
    # word for word, and not asked for again
    assert [one.consultations for one in helped] == [parent.consultations] * 2
    assert [one.consultations for one in alone] == [()] * 2
    assert all(one.usage["expert"] == parent.usage["expert"] for one in helped)
    assert await run.store.episode("e1") == parent


async def test_finished_continuations_are_not_made_again_and_unfinished_ones_are_resumed(run: Run) -> None:
    class StoppedError(Exception):
        pass

    def stop(done: int, total: int) -> None:
        if done == 2:
            raise StoppedError

    with pytest.raises(StoppedError):
        await weigh_advice(run, ["e1"], repeats=2, concurrency=1, on_progress=stop)
    before = await continuations(run)
    assert sum(row.is_finished for row in before) == 2
    (worth,) = await weigh_advice(run, ["e1"], repeats=2, concurrency=2, on_progress=ignore)
    after = {row.episode_id: row for row in await continuations(run)}
    assert len(after) == 4
    assert all(after[row.episode_id] == row for row in before if row.is_finished)
    assert (worth.completed_with, worth.completed_without) == (2, 0)
    assert await weigh_advice(run, ["e1"], repeats=2, concurrency=2, on_progress=ignore) == [worth]
    assert len(await continuations(run)) == 4


async def test_a_question_of_the_agent_s_own_is_answered_that_nobody_is_there(tmp_path: Path, runtime: Runtime) -> None:
    # with this seed the novice does two of three calls, and asks
    async with open_run(tmp_path, EpisodeContext(seed=8), catalog="bundled", runtime=runtime) as run:
        trajectory = await run.episode(TASK | {"task_idx": 3})
        assert [one.trigger for one in trajectory.consultations] == ["agent"]
        (worth,) = await weigh_advice(run, ["e1"], repeats=1, concurrency=1, on_progress=ignore)
        alone = await run.folder.episode(worth.episodes["without"][0]).load_trajectory()
    answers = [message["data"] for message in alone.messages if message["data"].get("name") == "ask_expert"]
    assert [answer["content"] for answer in answers] == ["The expert could not answer. Go on by yourself."]
    assert (worth.completed_with, worth.completed_without) == (1, 0)


async def alone_after(tmp_path: Path, *, runtime: Runtime, **policy: Any) -> tuple[Trajectory, Trajectory]:
    """Play what a flawless agent does while the expert looks on, and go on from there without the expert."""
    context = EpisodeContext.model_validate({"agent": "scripted:solver", **policy})
    async with open_run(tmp_path, context, catalog="bundled", runtime=runtime) as run:
        parent = await run.episode(TASK | {"task_idx": 3})
        (worth,) = await weigh_advice(run, ["e1"], repeats=1, concurrency=1, on_progress=ignore)
        return parent, await run.folder.episode(worth.episodes["without"][0]).load_trajectory()


def turns_of(trajectory: Trajectory) -> list[Any]:
    return [message["data"] for message in trajectory.messages if message["type"] == "ai"]


async def test_without_the_advice_a_call_that_was_held_back_is_simply_made(tmp_path: Path, runtime: Runtime) -> None:
    parent, alone = await alone_after(
        tmp_path, on_irreversible="route", irreversible_tools=["update_*"], runtime=runtime
    )
    assert [one.trigger for one in parent.consultations] == ["irreversible"]
    assert alone.verdict.outcome == "complete"
    held = turns_of(parent)[2]
    assert [call["name"] for call in held["tool_calls"]] == ["update_ticket"]
    # the held turn is in the episode once, and its own call was made
    assert turns_of(alone)[2]["tool_calls"] == held["tool_calls"]
    assert alone.calls[-1].call_id == held["tool_calls"][0]["id"]
    assert len(turns_of(alone)) == 4


async def test_a_question_beside_a_call_that_was_held_back_is_taken_out_of_the_turn(
    tmp_path: Path, runtime: Runtime
) -> None:
    update = ("update_ticket", {"ticket_id": 7, "priority": "urgent"})
    both = calls(("ask_expert", {"question": "Shall I?"}), update)
    # the episode: try, ask beside the call, give up; then each arm has one more turn
    replies = [tool_call("get_ticket", {"ticket_id": 7}), both, text("I leave it."), text("Done."), text("Done.")]
    with OpenAIServer(replies) as server:
        agent = {"model": "openai:served", "base_url": server.base_url}
        policy = {"on_irreversible": "route", "irreversible_tools": ["update_*"]}
        context = EpisodeContext.model_validate({"agent": agent, **policy})
        async with open_run(tmp_path, context, catalog="bundled", runtime=runtime) as run:
            parent = await run.episode(TASK)
            assert [one.trigger for one in parent.consultations] == ["irreversible"]
            (worth,) = await weigh_advice(run, ["e1"], repeats=1, concurrency=1, on_progress=ignore)
            alone = await run.folder.episode(worth.episodes["without"][0]).load_trajectory()
    assert [(call.name, call.kind) for call in alone.calls] == [("get_ticket", "ok"), ("update_ticket", "ok")]
    assert [call["name"] for call in turns_of(alone)[1]["tool_calls"]] == ["update_ticket"]
    assert (worth.completed_with, worth.completed_without) == (0, 1)


async def test_without_the_advice_a_final_answer_counts_that_was_held_up(tmp_path: Path, runtime: Runtime) -> None:
    parent, alone = await alone_after(tmp_path, on_finish="route", runtime=runtime)
    assert [one.trigger for one in parent.consultations] == ["finish"]
    assert (alone.verdict.outcome, alone.stop_reason) == ("complete", "final_answer")
    assert [message["type"] for message in alone.messages][-2:] == ["tool", "ai"]
    assert len(turns_of(parent)) == len(turns_of(alone)) + 1


async def test_an_episode_without_advice_has_nothing_to_weigh(tmp_path: Path, runtime: Runtime) -> None:
    async with open_run(tmp_path, EpisodeContext(expert_kind="none"), catalog="bundled", runtime=runtime) as run:
        await run.episode(TASK)
        with pytest.raises(UsageError, match="found none"):
            await weigh_advice(run, ["e1"], repeats=1, concurrency=1, on_progress=ignore)
