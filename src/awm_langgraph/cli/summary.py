"""An episode as the one JSON document that ``run --json`` prints."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from awm_langgraph.episode import Trajectory


def summary_of(trajectory: Trajectory, *, run_id: str, folder: Path) -> dict[str, Any]:
    """Sum an episode up in JSON types; rewards are None where the episode says nothing about the agent."""
    reward = trajectory.reward
    provenance = trajectory.provenance
    values = trajectory.model_dump(mode="json")
    return {
        **values["task"],
        "condition": provenance.condition,
        "outcome": trajectory.verdict.outcome,
        "reward": reward.environment if reward else None,
        "shaped_reward": reward.shaped if reward else None,
        "reward_parts": reward.parts if reward else {},
        "pattern": reward.pattern if reward else None,
        "steps": trajectory.steps,
        "calls": len(trajectory.calls),
        "format_errors": sum(call.is_format_error for call in trajectory.calls),
        "repaired_calls": sum(bool(call.repairs) for call in trajectory.calls),
        "consultations": len(trajectory.consultations),
        "leaks": sum(len(record.leaks) for record in trajectory.consultations),
        "usage": values["usage"],
        "stop_reason": trajectory.stop_reason,
        "final_answer": trajectory.final_answer,
        "error": trajectory.error,
        "verdict": values["verdict"],
        "seed_problems": values["seed_problems"],
        "models": provenance.models,
        "scripted": provenance.is_scripted,
        "seed": provenance.seed,
        "latency_seconds": trajectory.latency_seconds,
        "run_id": run_id,
        "episode_id": trajectory.episode_id,
        "folder": str(folder),
    }
