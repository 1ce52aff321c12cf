"""From the names in the state to the things they name: catalog, scenario, environment, models."""

from __future__ import annotations

import asyncio
from contextlib import AbstractAsyncContextManager
from functools import lru_cache
from typing import TYPE_CHECKING

from awm_langgraph.agent.context import EpisodeContext
from awm_langgraph.agent.state import EpisodeState
from awm_langgraph.catalog import Catalog, Scenario, VerifierMode, VerifierSource
from awm_langgraph.environment import Environment, current_pool
from awm_langgraph.episode import Solution, Task
from awm_langgraph.experts import CriteriaCache
from awm_langgraph.models import ModelChoice, Role, Script, chat_model, configured_choice

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

CRITERIA = CriteriaCache()
"""The success criteria that this process has extracted so far."""


@lru_cache(maxsize=8)
def open_shared(name: str) -> Catalog:
    """Open a catalog once per process."""
    return Catalog.open(name)


@lru_cache(maxsize=256)
def read_scenario(catalog: str, name: str) -> Scenario:
    """Read a scenario once per process."""
    return open_shared(catalog).scenario(name)


def read_verifier(task: Task, mode: VerifierMode = "code") -> VerifierSource | None:
    """Read the task's verifier in one mode; an instruction of the user's own has none."""
    if task.task_idx is None:
        return None
    return open_shared(task.catalog).verifier(task.scenario, task.task_idx, mode)


def task_of(state: EpisodeState) -> Task:
    """Read the episode's task."""
    return Task.model_validate(state["task"])


async def lend_environment(state: EpisodeState, snapshot: str | None) -> AbstractAsyncContextManager[Environment]:
    """Ask the pool for the episode's environment at a snapshot."""
    task = task_of(state)
    scenario = await asyncio.to_thread(read_scenario, task.catalog, task.scenario)
    return current_pool().acquire(state["episode_id"], scenario, snapshot)


def choice_of(role: Role, context: EpisodeContext) -> ModelChoice:
    """Say which model plays a role: the context's choice, else the process's settings."""
    chosen: ModelChoice | None = getattr(context, role)
    return chosen or configured_choice(role)


async def model_of(role: Role, state: EpisodeState, context: EpisodeContext) -> BaseChatModel:
    """Build the model that plays a role in this episode.

    Raises:
        UsageError: its name or its provider is unknown, or a scripted model has no reference solution to follow.
    """
    task = task_of(state)
    script = Script(task_key=task.key, seed=context.seed, solution=await asyncio.to_thread(_solution_of, task))
    return await asyncio.to_thread(chat_model, role, choice_of(role, context), script=script)


def _solution_of(task: Task) -> Solution | None:
    if task.task_idx is None:
        return None
    return open_shared(task.catalog).solution(task.scenario, task.task_idx)
