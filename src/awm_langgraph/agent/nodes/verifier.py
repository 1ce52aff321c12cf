"""The end of an episode: judge the database, reward, and seal; nothing can be called afterwards."""

from __future__ import annotations

import asyncio
import time
from typing import Any

from langgraph.runtime import Runtime

from awm_langgraph.agent.context import EpisodeContext, context_of
from awm_langgraph.agent.events import announce
from awm_langgraph.agent.routing import stop_reason
from awm_langgraph.agent.state import EpisodeState
from awm_langgraph.agent.surroundings import read_scenario, read_verifier, task_of
from awm_langgraph.agent.trajectory import trajectory_of
from awm_langgraph.environment import current_pool
from awm_langgraph.episode import StopReason, Verdict
from awm_langgraph.errors import EpisodeError
from awm_langgraph.rewards import outcome_of, reward_of
from awm_langgraph.settings import current_settings
from awm_langgraph.verifier import verify


async def verifier(state: EpisodeState, runtime: Runtime[EpisodeContext]) -> dict[str, Any]:
    """Run the task's verifier on the first and the last database, once, and give the reward."""
    context = context_of(runtime)
    stopped: StopReason = stop_reason(state, context, now=time.time()) or "final_answer"
    found = await _verdict(state)
    await current_pool().release(state["episode_id"])
    now = time.time()
    trajectory = await asyncio.to_thread(trajectory_of, state, context, found, stopped, now=now)
    verdict = found.model_copy(update={"outcome": outcome_of(found.outcome, stopped, trajectory.calls)})
    reward = reward_of(trajectory.model_copy(update={"verdict": verdict}))
    update = {
        "outcome": verdict.outcome,
        "verdict": verdict.model_dump(mode="json"),
        "reward": reward.model_dump(mode="json"),
        "stop_reason": stopped,
        "finished_at": now,
    }
    announce(runtime, "verdict", error=state.get("error", ""), **update)
    return update


async def _verdict(state: EpisodeState) -> Verdict:
    if not state.get("snapshot"):
        return Verdict(outcome="environment_error", error=state.get("error", ""))
    task = task_of(state)
    pool = current_pool()
    try:
        initial = await pool.export(state["episode_id"], state["initial_snapshot"], "initial.db")
        final = await pool.export(state["episode_id"], state["snapshot"], "final.db")
    except EpisodeError as error:
        return Verdict(outcome="environment_error", error=str(error))
    source = await asyncio.to_thread(read_verifier, task)
    scenario = await asyncio.to_thread(read_scenario, task.catalog, task.scenario)
    return await verify(
        source,
        initial,
        final,
        state.get("final_answer", ""),
        level=current_settings().sandbox,
        is_ours=scenario.is_ours,
    )
