"""No stall is seen where an agent does what the reference solution does: measured over every bundled task."""

import asyncio
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from awm_langgraph.catalog import Catalog
from awm_langgraph.environment import EnvironmentPool
from awm_langgraph.environment.runtime import Runtime
from awm_langgraph.episode import Decision, ToolOutcome
from awm_langgraph.experts.deciding import decide, situation_of
from awm_langgraph.experts.policy import Policy
from awm_langgraph.experts.triggers import History

BUNDLED = Catalog.open("bundled")
TASKS = [(name, idx) for name in BUNDLED.names() for idx in range(BUNDLED.summary(name).tasks)]
DEFAULTS = Policy(max_consultations=100)
"""The default detectors, with nothing that would keep them silent."""

Outcomes = list[ToolOutcome]


async def solve_all(folder: Path, runtime: Runtime) -> dict[tuple[str, int], Outcomes]:
    pool = EnvironmentPool(folder, runtime=runtime)
    try:
        return {task: await solve(pool, *task) for task in TASKS}
    finally:
        await pool.close()


async def solve(pool: EnvironmentPool, name: str, task_idx: int) -> Outcomes:
    solution = BUNDLED.solution(name, task_idx)
    assert solution is not None
    episode_id = f"{name}-{task_idx}"
    async with pool.acquire(episode_id, BUNDLED.scenario(name), None) as environment:
        made = [await environment.call(call.tool, call.arguments) for call in solution.calls]
    await pool.release(episode_id)
    return [outcome.model_copy(update={"step": step}) for step, outcome in enumerate(made, start=1)]


@pytest.fixture(scope="module")
def solved(tmp_path_factory: pytest.TempPathFactory, runtime: Runtime) -> Mapping[tuple[str, int], Outcomes]:
    """Make the calls of every reference solution once, in real environments."""
    return asyncio.run(solve_all(tmp_path_factory.mktemp("episodes"), runtime))


def alarms(outcomes: Outcomes, policy: Policy) -> Iterator[Decision]:
    """Decide after every step, one call to a step; nobody ever speaks to the agent in between."""
    for step in range(1, len(outcomes) + 1):
        history = History(steps=step, calls=tuple(outcomes[:step]))
        decision = decide(situation_of(history, policy, place="after_tools", is_asking=False), policy)
        if decision is not None:
            yield decision


def test_every_reference_solution_of_the_bundled_scenarios_is_measured(
    solved: Mapping[tuple[str, int], Outcomes],
) -> None:
    assert len(solved) == 15
    assert all(solved.values())


@pytest.mark.parametrize("task", TASKS, ids=lambda task: f"{task[0]}-{task[1]}")
def test_a_reference_solution_is_no_stall_and_meets_no_error(
    task: tuple[str, int], solved: Mapping[tuple[str, int], Outcomes]
) -> None:
    assert list(alarms(solved[task], DEFAULTS)) == []


def test_a_solution_that_repeats_its_last_call_for_ever_is_a_stall(
    solved: Mapping[tuple[str, int], Outcomes],
) -> None:
    for outcomes in solved.values():
        last = outcomes[-1].model_copy(update={"changed": False})
        looping = [last.model_copy(update={"step": len(outcomes) + more}) for more in range(1, 6)]
        assert {decision.trigger for decision in alarms([*outcomes, *looping], DEFAULTS)} == {"stall"}


@pytest.mark.parametrize("field", ["unchanged_steps", "steps_since_advice"])
def test_a_measure_that_is_off_by_default_raises_false_alarms(
    field: str, solved: Mapping[tuple[str, int], Outcomes]
) -> None:
    policy = DEFAULTS.model_copy(update={field: 3})
    assert any(list(alarms(outcomes, policy)) for outcomes in solved.values())
