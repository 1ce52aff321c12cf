"""What an episode's root run is called and what stands on it, and the feedback that it gets. Pure functions."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib.metadata import version
from typing import Any
from uuid import UUID, uuid5

from langchain_core.runnables import RunnableConfig

from awm_langgraph.episode import Provenance, Trajectory, Usage
from awm_langgraph.rollout.records import Setup

_LIBRARIES = ("langgraph", "langchain-core", "langsmith")


def root_config(episode: Setup, scenario: str, task_idx: int | None, *, split: str = "") -> RunnableConfig:
    """Name, tag and describe an episode's root run, under an id of its own."""
    from langsmith import uuid7

    name = f"episode {scenario}/{'own' if task_idx is None else task_idx}"
    return RunnableConfig(
        run_id=uuid7(),
        run_name=name,
        tags=_tags(episode, scenario, split),
        metadata={"episode_id": episode.episode_id, **experiment_metadata(episode.provenance)},
    )


def _tags(episode: Setup, scenario: str, split: str) -> list[str]:
    provenance = episode.provenance
    kind = episode.context.get("expert_kind", "none")
    tags = [f"condition:{provenance.condition}", f"scenario:{scenario}", f"expert:{kind}"]
    return [*tags, *([f"split:{split}"] if split else []), *(["scripted"] if provenance.is_scripted else [])]


def experiment_metadata(provenance: Provenance) -> dict[str, Any]:
    """Say what episodes are made with, flat enough to filter by."""
    return {
        "awm_langgraph_version": provenance.version,
        **_library_versions(),
        "catalog_fingerprint": provenance.catalog_fingerprint,
        "condition": provenance.condition,
        "seed": provenance.seed,
        **{f"{role}_model": name for role, name in provenance.models.items()},
        "prompt_fingerprints": provenance.prompts,
    }


@cache
def _library_versions() -> dict[str, str]:
    return {f"{name}_version": version(name) for name in _LIBRARIES}


def feedback_on(trajectory: Trajectory, root: UUID) -> list[dict[str, Any]]:
    """Say how an episode went as LangSmith feedback on its root run.

    An episode that says nothing about the agent has neither reward nor completion; cost is left out where it is
    unknown. The ids follow from run and key, so that feedback which arrives twice counts once.
    """
    reward = trajectory.reward
    usage = sum(trajectory.usage.values(), Usage())
    scores: dict[str, float | int | None] = {
        "reward": reward.environment if reward else None,
        "shaped_reward": reward.shaped if reward else None,
        "completed": None if reward is None or reward.environment is None else trajectory.verdict.outcome == "complete",
        "steps": trajectory.steps,
        "format_errors": sum(call.is_format_error for call in trajectory.calls),
        "consultations": len(trajectory.consultations),
        "cost_usd": usage.cost_usd,
    }
    values = {"outcome": trajectory.verdict.outcome, **({"pattern": reward.pattern} if reward else {})}
    given = {key: {"score": float(score)} for key, score in scores.items() if score is not None}
    contents: dict[str, dict[str, Any]] = {**given, **{key: {"value": value} for key, value in values.items()}}
    if reward and "shaped_reward" in contents:
        contents["shaped_reward"] |= _explained(reward.parts)
    return [_feedback(root, key, content) for key, content in contents.items()]


def _explained(parts: Mapping[str, float]) -> dict[str, Any]:
    """Say what a shaped reward is made of."""
    return {"comment": ", ".join(f"{name} {part:g}" for name, part in parts.items()), "extra": {"parts": dict(parts)}}


def _feedback(root: UUID, key: str, content: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "id": str(uuid5(root, key)),
        "run_id": str(root),
        "trace_id": str(root),
        "key": key,
        "feedback_source": {"type": "api", "metadata": {}},
        **content,
    }
