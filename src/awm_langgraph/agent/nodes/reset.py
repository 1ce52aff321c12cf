"""Begin an episode: check the input, open the environment, put the instruction to the agent."""

from __future__ import annotations

import asyncio
import time
from typing import Any
from uuid import uuid4

from langchain_core.messages import HumanMessage, RemoveMessage
from langgraph.graph.message import REMOVE_ALL_MESSAGES
from langgraph.runtime import Runtime
from langgraph.types import Overwrite

from awm_langgraph.agent.context import EpisodeContext, context_of
from awm_langgraph.agent.events import announce
from awm_langgraph.agent.state import EpisodeState
from awm_langgraph.agent.surroundings import lend_environment, model_of, open_shared
from awm_langgraph.episode import Task
from awm_langgraph.errors import EpisodeError, UsageError
from awm_langgraph.settings import current_settings


async def reset(state: EpisodeState, runtime: Runtime[EpisodeContext]) -> dict[str, Any]:
    """Open the episode's environment and lay its record open, empty.

    Raises:
        UsageError: the input names no task that exists, or the context a model that cannot be had.
    """
    task = await asyncio.to_thread(_task_from, state)
    begun = EpisodeState(episode_id=_episode_id(state), task=task.model_dump(mode="json"))
    context = context_of(runtime)
    for role in context.roles:
        # A model that cannot be had is told before anything is started; nobody judges an instruction of the user's own.
        if role != "judge" or task.task_idx is not None:
            await model_of(role, begun, context)
    announce(runtime, "start", episode_id=begun["episode_id"], task=begun["task"])
    update: dict[str, Any] = {
        **begun,
        "instruction": "",
        "messages": [RemoveMessage(id=REMOVE_ALL_MESSAGES), HumanMessage(task.instruction)],
        "steps": 0,
        "calls": Overwrite([]),
        "consultations": Overwrite([]),
        "usage": Overwrite({}),
        "started_at": time.time(),
        "finished_at": 0.0,
        "active_seconds": Overwrite(0.0),
        "seed_problems": [],
        "snapshot": "",
        "initial_snapshot": "",
        "verdict": {},
        "reward": {},
        "stop_reason": "",
        "error": "",
        "outcome": "",
        "final_answer": "",
    }
    try:
        async with await lend_environment(begun, None) as environment:
            update["snapshot"] = update["initial_snapshot"] = environment.snapshot
            update["seed_problems"] = [problem.model_dump(mode="json") for problem in environment.seed_problems]
            tools = len(environment.tools)
    except EpisodeError as error:
        update["stop_reason"], update["error"] = "environment_error", str(error)
        tools = 0
    announce(
        runtime,
        "reset",
        episode_id=begun["episode_id"],
        task=begun["task"],
        tools=tools,
        seed_problems=update["seed_problems"],
        error=update["error"],
    )
    return update


def _episode_id(state: EpisodeState) -> str:
    """Keep the caller's id; a thread's next episode gets a new one."""
    given = state.get("episode_id", "")
    return given if given and given != state.get("sealed_episode_id") else uuid4().hex


def _task_from(state: EpisodeState) -> Task:
    name = state.get("scenario", "")
    if not isinstance(name, str) or not name:
        raise UsageError(f"input: expected the name of a scenario, found {name!r}: give `scenario`")
    catalog = open_shared(state.get("catalog") or current_settings().catalog)
    instruction = state.get("instruction", "").strip()
    if instruction:
        scenario = catalog.scenario(name)
        return Task(catalog=catalog.name, scenario=scenario.name, task_idx=None, instruction=instruction)
    task_idx = state.get("task_idx")
    if not isinstance(task_idx, int):
        raise UsageError(f"input: expected a task index or an instruction, found {task_idx!r}: give `task_idx`, from 0")
    return catalog.task(name, task_idx)
