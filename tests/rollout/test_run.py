"""A run on real parts: graph, environment, verifier, run store, checkpoints."""

from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any

import pytest

from awm_langgraph.agent import EpisodeContext
from awm_langgraph.catalog import Scenario
from awm_langgraph.environment.runtime import Runtime, Server
from awm_langgraph.errors import UsageError
from awm_langgraph.rollout import RunStore, find_run, open_run, reopen_run

DESK = "support_desk"


async def test_an_episode_is_written_down_as_it_happens_and_whole_at_the_end(tmp_path: Path, runtime: Runtime) -> None:
    seen: list[str] = []

    def listen(event: Mapping[str, Any]) -> None:
        seen.append(event["type"])

    context = EpisodeContext.model_validate({"seed": 1})
    async with open_run(tmp_path, context, catalog="bundled", runtime=runtime) as run:
        trajectory = await run.episode({"scenario": DESK, "task_idx": 3}, listen)
    assert seen[:2] == ["start", "reset"]
    assert seen[-1] == "verdict"
    assert {"turn", "call", "consultation"} <= set(seen)

    assert trajectory.verdict.outcome == "complete"
    assert trajectory.provenance.is_scripted
    assert trajectory.provenance.condition == context.condition
    assert set(trajectory.provenance.models) == {"agent", "expert"}

    folder = find_run(tmp_path, run.run_id)
    kept = folder.episode(trajectory.episode_id)
    assert await kept.load_trajectory() == trajectory
    assert kept.initial_database.read_bytes() != kept.final_database.read_bytes()
    async with await RunStore.open(folder.store) as store:
        record = await store.episode(trajectory.episode_id)
    assert record.outcome == "complete"
    assert record.reward == trajectory.reward
    assert record.calls == trajectory.calls
    assert record.consultations == trajectory.consultations
    assert len(record.steps) == trajectory.steps


@pytest.mark.parametrize(("last", "calls"), [("start", 0), ("call", 1)])
async def test_an_episode_that_ends_early_is_kept_as_far_as_it_came(
    tmp_path: Path, last: str, calls: int, runtime: Runtime
) -> None:
    class StoppedError(Exception):
        pass

    def stop(event: Mapping[str, Any]) -> None:
        if event["type"] == last:
            raise StoppedError

    async with open_run(tmp_path, EpisodeContext(), catalog="bundled", runtime=runtime) as run:
        with pytest.raises(StoppedError):
            await run.episode({"scenario": DESK, "task_idx": 3, "episode_id": "e1"}, stop)
        (row,) = await run.store.episodes()
    assert (row.outcome, row.call_count) == ("unfinished", calls)


async def test_a_run_of_a_catalog_that_is_not_there_leaves_no_folder(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="nowhere"):
        async with open_run(tmp_path, EpisodeContext(), catalog="nowhere"):
            raise AssertionError("it must not open")
    assert list(tmp_path.iterdir()) == []


async def test_earlier_episodes_that_nobody_would_read_are_refused_before_a_folder_is_made(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="past: expected an expert who reads earlier episodes"):
        async with open_run(tmp_path, EpisodeContext(past=("earlier",)), catalog="bundled"):
            raise AssertionError("it must not open")
    assert list(tmp_path.iterdir()) == []


async def test_a_run_has_one_condition_which_a_request_may_repeat_but_not_change(
    tmp_path: Path, runtime: Runtime
) -> None:
    context = EpisodeContext.model_validate({"seed": 1, "expert_kind": "none"})
    async with open_run(tmp_path, context, catalog="bundled", runtime=runtime) as run:
        with pytest.raises(UsageError, match="expected the run's own condition none, found 'dynamic/schema'"):
            await run.episode({"scenario": DESK, "task_idx": 3, "condition": "dynamic/schema"})
        assert await run.store.episodes() == []
        trajectory = await run.episode({"scenario": DESK, "task_idx": 3, "condition": "none"})
    assert trajectory.provenance.condition == "none"


class Lent:
    """A runtime that notes what it serves, and must not be closed."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self.starts_at_once = runtime.starts_at_once
        self.served: list[str] = []

    def live_folder(self, scenario: Scenario, episode_folder: Path) -> Path:
        return self._runtime.live_folder(scenario, episode_folder)

    def serve(self, scenario: Scenario, database: Path, log: Path) -> AbstractAsyncContextManager[Server]:
        self.served.append(scenario.name)
        return self._runtime.serve(scenario, database, log)

    async def close(self) -> None:
        raise AssertionError("it is its giver's to close")


async def test_runs_may_share_a_runtime_which_is_left_to_its_giver(tmp_path: Path, runtime: Runtime) -> None:
    lent = Lent(runtime)
    async with open_run(tmp_path, EpisodeContext(), catalog="bundled", runtime=lent) as run:
        await run.episode({"scenario": DESK, "task_idx": 3})
    async with reopen_run(run.folder, runtime=lent) as again:
        await again.episode({"scenario": DESK, "task_idx": 0})
    assert lent.served == [DESK, DESK]
