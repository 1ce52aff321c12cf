"""The end of an episode: verify, reward, and seal; nothing can be called afterwards."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from typing import Any

from langgraph.runtime import Runtime

from awm_langgraph.agent.context import EpisodeContext, context_of
from awm_langgraph.agent.events import announce
from awm_langgraph.agent.routing import stop_reason
from awm_langgraph.agent.state import EpisodeState
from awm_langgraph.agent.surroundings import choice_of, model_of, read_scenario, read_verifier, task_of
from awm_langgraph.agent.trajectory import trajectory_of
from awm_langgraph.environment import current_pool
from awm_langgraph.episode import StopReason, ToolOutcome, Verdict
from awm_langgraph.errors import EpisodeError
from awm_langgraph.experts import render_transcript
from awm_langgraph.rewards import outcome_of, reward_of
from awm_langgraph.settings import current_settings
from awm_langgraph.verifier import Bench, Case, Judge, Sources, verify, verify_both, verify_sql


async def verifier(state: EpisodeState, runtime: Runtime[EpisodeContext]) -> dict[str, Any]:
    """Have the episode verified from its first and its last database, once, and give the reward."""
    context = context_of(runtime)
    stopped: StopReason = stop_reason(state, context) or "final_answer"
    await current_pool().release(state["episode_id"])
    found = await _verdict(state, context)
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
    sealed: dict[str, Any] = {**update, "sealed_episode_id": state["episode_id"]}
    if verdict.judgement is not None:
        sealed["usage"] = {"judge": verdict.judgement.usage.model_dump(mode="json")}
    return sealed


async def _verdict(state: EpisodeState, context: EpisodeContext) -> Verdict:
    mode = context.verifier_mode
    if not state.get("snapshot"):
        return Verdict(outcome="environment_error", mode=mode, error=state.get("error", ""))
    pool = current_pool()
    try:
        initial = await pool.export(state["episode_id"], state["initial_snapshot"], "initial.db")
        final = await pool.export(state["episode_id"], state["snapshot"], "final.db")
    except EpisodeError as error:
        return Verdict(outcome="environment_error", mode=mode, error=str(error))
    return await _verify(state, context, initial, final)


async def _verify(state: EpisodeState, context: EpisodeContext, initial: Path, final: Path) -> Verdict:
    task, mode = task_of(state), context.verifier_mode
    if task.task_idx is None:
        return Verdict(outcome="no_verifier", mode=mode)
    is_ours = (await asyncio.to_thread(read_scenario, task.catalog, task.scenario)).is_ours
    level = current_settings().sandbox
    code = await asyncio.to_thread(read_verifier, task)
    if mode == "code":
        return await verify(code, initial, final, state.get("final_answer", ""), level=level, is_ours=is_ours)
    sources = Sources(code, await asyncio.to_thread(read_verifier, task, "sql"))
    bench = Bench(initial, final, level, is_ours)
    verify_judged = verify_sql if mode == "sql" else verify_both
    return await verify_judged(sources, bench, _case(state), await _judge(state, context))


def _case(state: EpisodeState) -> Case:
    calls = [ToolOutcome.model_validate(call) for call in state["calls"]]
    return Case(
        instruction=task_of(state).instruction,
        transcript=render_transcript(calls),
        final_answer=state.get("final_answer", ""),
        is_untouched=state["snapshot"] == state["initial_snapshot"],
    )


async def _judge(state: EpisodeState, context: EpisodeContext) -> Judge:
    model = await model_of("judge", state, context)
    return Judge(model, choice_of("judge", context).model, timeout_seconds=context.model_timeout_seconds)
