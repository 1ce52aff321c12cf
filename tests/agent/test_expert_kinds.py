"""Every kind of expert with the scripted novice, over all bundled tasks."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.types import Command

from awm_langgraph.agent import EpisodeContext, create_awm_graph, trajectory_of
from awm_langgraph.catalog import Catalog
from awm_langgraph.environment import EnvironmentPool, use_pool
from awm_langgraph.environment.runtime import Runtime
from awm_langgraph.episode import Advice, PlanStep, Verdict
from awm_langgraph.experts import Consultation
from awm_langgraph.settings import current_settings, use_settings

BUNDLED = Catalog.open("bundled")
TASKS = [(name, idx) for name in BUNDLED.names() for idx in range(BUNDLED.summary(name).tasks)]
SEED = 1
Episodes = list[dict[str, Any]]
PlayAll = Callable[..., Awaitable[Episodes]]


@pytest.fixture(scope="module")
def play_all(tmp_path_factory: pytest.TempPathFactory, runtime: Runtime) -> PlayAll:
    """Run an episode of every bundled task, some at a time; a person is played by the task's reference solution."""

    async def play_all(*, expert: Any = None, **context: Any) -> Episodes:
        folder = tmp_path_factory.mktemp("played")
        pool = EnvironmentPool(folder / "episodes", runtime=runtime)
        graph = create_awm_graph(expert=expert, checkpointer=InMemorySaver())
        given = EpisodeContext.model_validate({"seed": SEED, **context})
        places = asyncio.Semaphore(4)

        async def play(scenario: str, task_idx: int) -> dict[str, Any]:
            config: Any = {"configurable": {"thread_id": f"{scenario}-{task_idx}"}}
            request: Any = {"scenario": scenario, "task_idx": task_idx}
            async with places:
                episode: dict[str, Any] = await graph.ainvoke(request, config, context=given)
                while "__interrupt__" in episode:
                    answer: Any = Command(resume=_persons_advice(scenario, task_idx))
                    episode = await graph.ainvoke(answer, config, context=given)
                return episode

        settings = current_settings().model_copy(update={"runs_dir": folder})
        with use_pool(pool), use_settings(settings):
            episodes = await asyncio.gather(*(play(*task) for task in TASKS))
        await pool.close()
        return episodes

    return play_all


@pytest.fixture(scope="module")
def alone(play_all: PlayAll) -> Episodes:
    """The novice's episodes without an expert."""
    return asyncio.run(_finished(play_all(expert_kind="none")))


@pytest.fixture(scope="module")
def solved(play_all: PlayAll) -> Episodes:
    """The solver's episodes."""
    return asyncio.run(_finished(play_all(agent="scripted:solver", expert_kind="none")))


async def _finished(played: Awaitable[Episodes]) -> Episodes:
    return await played


@pytest.fixture
def past(tmp_path: Path, solved: Episodes) -> str:
    """A finished run of the solver's."""
    for episode in solved:
        state: Any = episode
        verdict = Verdict.model_validate(episode["verdict"])
        trajectory = trajectory_of(state, verdict, "final_answer", now=episode["finished_at"])
        folder = tmp_path / "past" / "episodes" / episode["episode_id"]
        folder.mkdir(parents=True)
        (folder / "trajectory.json").write_text(trajectory.model_dump_json())
    return str(tmp_path / "past")


def _persons_advice(scenario: str, task_idx: int) -> dict[str, Any]:
    solution = BUNDLED.solution(scenario, task_idx)
    assert solution is not None
    plan = [call.model_dump(mode="json") for call in solution.calls]
    return {"plan": plan, "final_answer": solution.final_answer, "notes": "from a person"}


def completed(episodes: Episodes) -> int:
    return sum(episode["outcome"] == "complete" for episode in episodes)


def tried_first(episode: dict[str, Any]) -> bool:
    return all(record["after_calls"] > 0 for record in episode["consultations"])


async def test_the_dynamic_expert_completes_strictly_more_tasks_than_none_and_never_speaks_before_a_try(
    play_all: PlayAll, alone: Episodes
) -> None:
    helped = await play_all()
    assert len(alone) == len(helped) == 15
    assert completed(helped) > completed(alone)
    assert not any(episode["consultations"] for episode in alone)
    assert any(episode["consultations"] for episode in helped)
    assert all(tried_first(episode) for episode in helped)


@pytest.mark.parametrize("kind", ["ensemble", "human"])
async def test_other_experts_who_are_asked_on_demand_help_too(play_all: PlayAll, alone: Episodes, kind: str) -> None:
    episodes = await play_all(expert_kind=kind)
    records = [record for episode in episodes for record in episode["consultations"]]
    assert records
    # a script's criteria are told to scripted experts alone
    tier = "criteria" if kind == "ensemble" else "schema"
    assert all(record["expert"] == kind and record["tier"] == tier for record in records)
    assert all(tried_first(episode) for episode in episodes)
    assert completed(episodes) > completed(alone)
    if kind == "ensemble":
        assert {record["specialist"] for record in records} <= {"formatting", "planning", "recovery"}


async def test_static_advice_comes_once_before_the_task(play_all: PlayAll, alone: Episodes, past: str) -> None:
    episodes = await play_all(expert_kind="static", past=(past,))
    records = [episode["consultations"] for episode in episodes]
    assert all([(one["trigger"], one["step"]) for one in found] == [("start", 0)] for found in records)
    assert completed(episodes) > completed(alone)


async def test_memory_answers_with_what_worked_before_and_asks_no_model(play_all: PlayAll, past: str) -> None:
    episodes = await play_all(expert_kind="memory", past=(past,))
    records = [record for episode in episodes for record in episode["consultations"]]
    assert records
    assert all(record["usage"]["model_calls"] == 0 for record in records)
    assert any(not record["error"] for record in records)
    assert all(episode["provenance"]["models"] == {"agent": "scripted:novice"} for episode in episodes)


async def test_an_expert_of_ones_own_is_asked_instead_of_the_contexts(play_all: PlayAll) -> None:
    asked: list[Consultation] = []

    async def adviser(consultation: Consultation) -> Advice:
        asked.append(consultation)
        return Advice(plan=(PlanStep(tool="no_such_tool", arguments={}),), notes="guess")

    episodes = await play_all(expert=adviser, expert_tier="transcript")
    records = [record for episode in episodes for record in episode["consultations"]]
    assert {record["expert"] for record in records} == {"function"}
    # a plan that does not fit was sent back once, with the complaint
    assert len(asked) == 2 * len(records)
    assert any(one.complaints for one in asked)
    assert all("no_such_tool" in record["complaints"][0] for record in records)
    assert not any(one.tools or one.criteria or one.verifier_code for one in asked)


@pytest.mark.parametrize("draw", range(3))
async def test_no_budget_is_ever_exceeded(play_all: PlayAll, draw: int) -> None:
    chance = random.Random(draw)
    limits: dict[str, Any] = {
        "max_consultations": chance.randint(1, 3),
        "cooldown_steps": chance.randint(0, 3),
        "max_expert_tokens": chance.choice([None, 1, 500]),
        "stall_steps": chance.randint(1, 4),
    }
    episodes = await play_all(seed=chance.randrange(1000), on_finish="route", **limits)
    for episode in episodes:
        steps = [record["step"] for record in episode["consultations"]]
        assert len(steps) <= limits["max_consultations"]
        assert all(later - earlier >= limits["cooldown_steps"] for earlier, later in pairwise(steps))
        assert tried_first(episode)
        reached = [one for one in episode["decisions"] if one["reaction"] == "route"]
        assert [one["step"] for one in reached] == steps


async def test_an_unsure_agent_that_finishes_is_first_told_that_it_may_ask(play_all: PlayAll) -> None:
    episodes = await play_all(agent="scripted:solver", on_finish="nudge")
    for episode in episodes:
        assert [(one["trigger"], one["reaction"]) for one in episode["decisions"]] in ([("finish", "nudge")], [])
        assert episode["outcome"] == "complete"
    assert sum(len(episode["decisions"]) for episode in episodes) == sum(bool(one["calls"]) for one in episodes)


async def test_a_call_that_cannot_be_undone_waits_for_the_expert_and_is_made_once(
    play_all: PlayAll, solved: Episodes
) -> None:
    names = sorted({call["name"] for episode in solved for call in episode["calls"][1:] if call["changed"]})
    episodes = await play_all(agent="scripted:solver", on_irreversible="nudge", irreversible_tools=tuple(names))
    held = [one for episode in episodes for one in episode["decisions"] if one["trigger"] == "irreversible"]
    assert held
    assert completed(episodes) == len(episodes)
    for one, careful in zip(solved, episodes, strict=True):
        assert [call["name"] for call in one["calls"]] == [call["name"] for call in careful["calls"]]
