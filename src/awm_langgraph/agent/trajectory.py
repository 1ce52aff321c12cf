"""The record of an episode, put together from the graph's state."""

from __future__ import annotations

from typing import Any

from langchain_core.messages import messages_to_dict

from awm_langgraph.agent.context import EpisodeContext
from awm_langgraph.agent.state import EpisodeState
from awm_langgraph.agent.surroundings import choice_of, open_shared, task_of
from awm_langgraph.episode import Provenance, StopReason, Trajectory, Verdict
from awm_langgraph.models import Role
from awm_langgraph.prompts import fingerprints
from awm_langgraph.version import __version__

AGENT_PROMPTS = ("agent", "agent_expert", "ask_expert", "empty_turn", "unreadable_call")
EXPERT_PROMPTS = (
    "advice",
    "consultations_spent",
    "expert_advice",
    "expert_criteria",
    "expert_unavailable",
    "repair",
)
JUDGE_PROMPTS = ("judge", "repair")
_PROMPTS: dict[Role, tuple[str, ...]] = {"agent": AGENT_PROMPTS, "expert": EXPERT_PROMPTS, "judge": JUDGE_PROMPTS}


def provenance_of(catalog: str, context: EpisodeContext) -> Provenance:
    """Say what an episode is made with; reads the catalog's fingerprint, so keep it off the event loop."""
    return Provenance(
        version=__version__,
        catalog_fingerprint=open_shared(catalog).fingerprint,
        prompts=fingerprints(sorted({name for role in context.roles for name in _PROMPTS[role]})),
        models={role: choice_of(role, context).model for role in context.roles},
        condition=context.condition,
        seed=context.seed,
    )


def trajectory_of(
    state: EpisodeState, context: EpisodeContext, verdict: Verdict, stop_reason: StopReason, *, now: float
) -> Trajectory:
    """Gather an episode's record, still without its reward; ``now`` is in seconds since 1970."""
    task = task_of(state)
    records: dict[str, Any] = {name: state.get(name, []) for name in ("calls", "consultations", "seed_problems")}
    return Trajectory(
        episode_id=state["episode_id"],
        task=task,
        provenance=provenance_of(task.catalog, context),
        messages=tuple(messages_to_dict(state["messages"])),
        steps=state["steps"],
        stop_reason=stop_reason,
        final_answer=state.get("final_answer", ""),
        error=state.get("error", ""),
        initial_snapshot=state.get("initial_snapshot", ""),
        final_snapshot=state.get("snapshot", ""),
        verdict=verdict,
        usage=state.get("usage", {}),
        latency_seconds=now - state["started_at"],
        **records,
    )
