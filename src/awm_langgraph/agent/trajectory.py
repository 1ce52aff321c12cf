"""The record of an episode, put together from the graph's state."""

from __future__ import annotations

from typing import Any

from langchain_core.messages import messages_to_dict

from awm_langgraph.agent.state import EpisodeState
from awm_langgraph.agent.surroundings.protocol import task_of
from awm_langgraph.episode import StopReason, Trajectory, Verdict

_RECORDS = ("calls", "consultations", "decisions", "seed_problems")


def trajectory_of(state: EpisodeState, verdict: Verdict, stop_reason: StopReason, *, now: float) -> Trajectory:
    """Gather an episode's record, still without its reward; ``now`` is in seconds since 1970."""
    records: dict[str, Any] = {name: state.get(name, []) for name in _RECORDS}
    provenance: Any = state["provenance"]
    return Trajectory(
        episode_id=state["episode_id"],
        task=task_of(state),
        provenance=provenance,
        messages=tuple(messages_to_dict(state["messages"])),
        steps=state["steps"],
        stop_reason=stop_reason,
        final_answer=state.get("final_answer", ""),
        error=state.get("error", ""),
        initial_snapshot=state.get("initial_snapshot", ""),
        final_snapshot=state.get("snapshot", ""),
        verdict=verdict,
        usage=state.get("usage", {}),
        # somebody may have set the clock back meanwhile
        latency_seconds=max(0.0, now - state["started_at"]),
        **records,
    )
