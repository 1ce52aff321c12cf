"""No stall is seen where an agent does what the reference solution does: measured over every bundled task."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from awm_langgraph.catalog import Catalog
from awm_langgraph.environment import EnvironmentPool
from awm_langgraph.episode import Call, Decision, ToolOutcome
from awm_langgraph.experts.deciding import decide, situation_of
from awm_langgraph.experts.policy import Policy
from awm_langgraph.experts.triggers import History, Turn

BUNDLED = Catalog.open("bundled")
TASKS = [(name, idx) for name in BUNDLED.names() for idx in range(BUNDLED.summary(name).tasks)]
ALL_THAT_COULD_BE_WRONG = Policy(max_consultations=100)
"""The default detectors of errors and stalls, with nothing that would keep them silent."""


async def outcomes_of(name: str, task_idx: int, folder: Path) -> list[ToolOutcome]:
    solution = BUNDLED.solution(name, task_idx)
    assert solution is not None
    pool = EnvironmentPool(folder)
    try:
        async with pool.acquire("episode", BUNDLED.scenario(name), None) as environment:
            made = [await environment.call(call.tool, call.arguments) for call in solution.calls]
    finally:
        await pool.close()
    return [outcome.model_copy(update={"step": step}) for step, outcome in enumerate(made, start=1)]


def alarms(outcomes: list[ToolOutcome], policy: Policy) -> Iterator[Decision]:
    """Decide after every step, one call to a step; nobody ever speaks to the agent in between."""
    for step, outcome in enumerate(outcomes, start=1):
        turn = Turn(calls=(Call(tool=outcome.name, arguments=outcome.arguments),), has_calls=True)
        history = History(steps=step, calls=tuple(outcomes[:step]), turn=turn)
        decision = decide(situation_of(history, policy, place="after_tools", is_asking=False), policy)
        if decision is not None:
            yield decision


def test_there_are_fifteen_reference_solutions() -> None:
    assert len(TASKS) == 15


@pytest.mark.parametrize(("name", "task_idx"), TASKS)
async def test_a_reference_solution_is_no_stall_and_no_error(name: str, task_idx: int, tmp_path: Path) -> None:
    outcomes = await outcomes_of(name, task_idx, tmp_path)
    assert list(alarms(outcomes, ALL_THAT_COULD_BE_WRONG)) == []


@pytest.mark.parametrize("field", ["unchanged_steps", "steps_since_advice"])
async def test_a_measure_that_is_off_by_default_would_raise_false_alarms(field: str, tmp_path: Path) -> None:
    policy = ALL_THAT_COULD_BE_WRONG.model_copy(update={field: 3})
    found = []
    for name, task_idx in TASKS:
        found += alarms(await outcomes_of(name, task_idx, tmp_path / f"{name}-{task_idx}"), policy)
    assert {decision.trigger for decision in found} == {"stall"}
