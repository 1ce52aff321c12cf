"""Begin an episode: check the input, open the environment, put the instruction to the agent."""

from __future__ import annotations

import asyncio
import time
from uuid import uuid4

from langchain_core.messages import AnyMessage, HumanMessage, RemoveMessage
from langgraph.graph.message import REMOVE_ALL_MESSAGES
from langgraph.types import Overwrite

from awm_langgraph.agent.advisers import check_parts
from awm_langgraph.agent.scene import Scene, Update
from awm_langgraph.agent.state import EpisodeState
from awm_langgraph.agent.surroundings import task_of
from awm_langgraph.episode import Task
from awm_langgraph.errors import EpisodeError


async def reset(state: EpisodeState, scene: Scene) -> Update:
    """Open the episode's environment and lay its record open, empty.

    Raises:
        UsageError: the input names no task that exists, or the context a model that cannot be had.
    """
    task = await scene.surroundings.task(state)
    begun = EpisodeState(episode_id=_episode_id(state), task=task.model_dump(mode="json"))
    await check_parts(begun, scene)
    scene.announce("start", **begun)
    update = await _laid_open(state, begun, scene)
    try:
        async with scene.surroundings.lend(begun, None) as environment:
            update["snapshot"] = update["initial_snapshot"] = environment.snapshot
            update["seed_problems"] = [problem.model_dump(mode="json") for problem in environment.seed_problems]
            tools = len(environment.tools)
    except EpisodeError as error:
        update["stop_reason"], update["error"] = "environment_error", str(error)
        tools = 0
    told = {name: update[name] for name in ("seed_problems", "error")}
    made_with = {name: update["provenance"][name] for name in ("condition", "models")}
    scene.announce("reset", **begun, tools=tools, **told, **made_with)
    return update


def _instruction(state: EpisodeState, task: Task) -> AnyMessage:
    """Put the instruction as the user did, if in a message: a surrounding graph would take another one for new."""
    given = next(reversed(state.get("messages", ())), None)
    is_given = isinstance(given, HumanMessage) and given.text.strip() == task.instruction
    return given if given is not None and is_given else HumanMessage(task.instruction)


async def _laid_open(state: EpisodeState, begun: EpisodeState, scene: Scene) -> Update:
    task = task_of(begun)
    provenance = await asyncio.to_thread(scene.surroundings.provenance, task, scene.context)
    return {
        **begun,
        "provenance": provenance.model_dump(mode="json"),
        "context": scene.context.model_dump(mode="json"),
        "chosen_condition": state.get("condition") or "",
        "messages": [RemoveMessage(id=REMOVE_ALL_MESSAGES), _instruction(state, task)],
        "steps": 0,
        "calls": Overwrite([]),
        "consultations": Overwrite([]),
        "decisions": Overwrite([]),
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


def _episode_id(state: EpisodeState) -> str:
    """Keep the caller's id; a thread's next episode gets a new one."""
    given = state.get("episode_id", "")
    return given if given and given != state.get("sealed_episode_id") else uuid4().hex
