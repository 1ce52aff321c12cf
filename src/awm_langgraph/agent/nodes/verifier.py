"""The end of an episode: verify, reward, and seal; nothing can be called afterwards."""

from __future__ import annotations

import time

from awm_langgraph.agent.deciding import Noted, note
from awm_langgraph.agent.routing import stop_reason
from awm_langgraph.agent.scene import Scene, Update
from awm_langgraph.agent.state import EpisodeState, Record
from awm_langgraph.agent.trajectory import trajectory_of
from awm_langgraph.episode import StopReason
from awm_langgraph.rewards import outcome_of, reward_of


async def verifier(state: EpisodeState, scene: Scene) -> Update:
    """Have the episode verified, once, and give the reward."""
    stopped: StopReason = stop_reason(state, scene.context) or "final_answer"
    await scene.surroundings.release(state)
    found = await scene.surroundings.verdict(state, scene.context)
    now = time.time()
    # a wish to finish that was to be checked, and could not be
    noted = note(state, scene) if stopped == "final_answer" else Noted()
    decisions = [*state.get("decisions", ()), *noted.update.get("decisions", ())]
    trajectory = trajectory_of({**state, "decisions": decisions}, found, stopped, now=now)
    verdict = found.model_copy(update={"outcome": outcome_of(found.outcome, stopped, trajectory.calls)})
    reward = reward_of(trajectory.model_copy(update={"verdict": verdict}))
    update = {
        "outcome": verdict.outcome,
        "verdict": verdict.model_dump(mode="json"),
        "reward": reward.model_dump(mode="json"),
        "stop_reason": stopped,
        "finished_at": now,
    }
    change = await _change(state, scene)
    scene.announce("verdict", error=state.get("error", ""), change=change, **update)
    sealed: Update = {**noted.update, **update, "sealed_episode_id": state["episode_id"]}
    if verdict.judgement is not None:
        sealed["usage"] = {"judge": verdict.judgement.usage.model_dump(mode="json")}
    return sealed


async def _change(state: EpisodeState, scene: Scene) -> Record | None:
    """Say what the whole episode changed in its database: what a person compares with what was asked for."""
    initial, final = state.get("initial_snapshot", ""), state.get("snapshot", "")
    if initial == final:
        return None
    change = await scene.surroundings.change(state, initial, final)
    return None if change is None else change.model_dump(mode="json")
