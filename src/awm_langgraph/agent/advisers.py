"""Who advises in an episode: the expert that the context chooses, and the criteria it may know."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

from awm_langgraph.agent.context import EpisodeContext
from awm_langgraph.agent.scene import Scene
from awm_langgraph.agent.state import EpisodeState
from awm_langgraph.agent.surroundings import task_of
from awm_langgraph.episode import Tier
from awm_langgraph.errors import UsageError
from awm_langgraph.experts import (
    Criteria,
    CriteriaCache,
    CriteriaExtractor,
    DynamicExpert,
    EnsembleExpert,
    Expert,
    HumanExpert,
    MemoryExpert,
    Past,
    StaticExpert,
    check_prices,
    is_within,
    read_past,
)
from awm_langgraph.settings import current_settings


async def adviser_of(state: EpisodeState, scene: Scene) -> Expert:
    """Make the episode's expert; one that whoever made the graph brought along goes first.

    Raises:
        UsageError: what it needs is not there.
    """
    context = scene.context
    if scene.surroundings.expert is not None:
        return scene.surroundings.expert
    match context.expert_kind:
        case "human":
            return HumanExpert()
        case "memory":
            return MemoryExpert(await _past(context))
        case "none":
            raise UsageError("expected an expert to ask, found expert_kind none: choose a kind of expert")
    model = await scene.surroundings.model("expert", state, context)
    name, seconds = scene.surroundings.choice("expert", context).model, context.model_timeout_seconds
    match context.expert_kind:
        case "static":
            return StaticExpert(await _past(context), model, name, timeout_seconds=seconds)
        case "ensemble":
            return EnsembleExpert(model, name, router=model, timeout_seconds=seconds)
        case _:
            return DynamicExpert(model, name, timeout_seconds=seconds)


async def criteria_of(state: EpisodeState, code: str, scene: Scene) -> Criteria:
    """Say what must hold in the end, as far as the tier allows to know it.

    The expert's model reads it out of the verifier's code, once for all episodes. A script knows it from the reference
    solution, and tells no expert but scripted ones.
    """
    context = scene.context
    if not is_within("criteria", context.expert_tier):
        return Criteria()
    known = await scene.surroundings.known_criteria(state)
    if known or not code or context.expert_kind == "memory" or not _may_extract(scene):
        return Criteria(items=known)
    failed = [record["criteria_error"] for record in state["consultations"] if record["criteria_error"]]
    if failed:
        # it failed in this episode already: the agent is not kept waiting for it again
        return Criteria(error=failed[0])
    extractor = CriteriaExtractor(
        await scene.surroundings.model("expert", state, context),
        scene.surroundings.choice("expert", context).model,
        _criteria_cache(current_settings().runs_dir),
        timeout_seconds=context.model_timeout_seconds,
    )
    return await extractor.extract(task_of(state).instruction, code)


def _may_extract(scene: Scene) -> bool:
    is_model = "expert" in scene.context.roles and scene.surroundings.expert is None
    return is_model or not scene.surroundings.choice("expert", scene.context).model.startswith("scripted:")


def known_tier(tier: Tier, criteria: Criteria, code: str) -> Tier:
    """Say what an expert of a tier really gets to know here: what does not exist, nobody can be told."""
    if tier == "verifier" and code:
        return tier
    if is_within("criteria", tier):
        return "criteria" if criteria.items else "schema"
    return tier


@lru_cache(maxsize=8)
def _criteria_cache(runs_dir: Path) -> CriteriaCache:
    return CriteriaCache(runs_dir / ".shared" / "criteria")


async def check_parts(begun: EpisodeState, scene: Scene) -> None:
    """Tell of a part that cannot be had, or a cost that nobody can count, before anything is started.

    Raises:
        UsageError: a model, earlier episodes or the prices are missing, or nobody reads the earlier episodes.
    """
    context, surroundings, task = scene.context, scene.surroundings, task_of(begun)
    context.require_past_is_read()
    await surroundings.model("agent", begun, context)
    if context.tool_interface == "text" and surroundings.choice("agent", context).model.startswith("scripted:"):
        raise UsageError(
            "tool_interface text: expected a model, found a script, which reads no calls from text: name one"
        )
    if "judge" in context.roles and task.task_idx is not None:
        await surroundings.model("judge", begun, context)
    if not context.offers_expert:
        return
    await adviser_of(begun, scene)
    if context.expert_kind == "static" and surroundings.expert is None:
        Past.of(await _past(context)).about(task.instruction, context.expert_tier)
    is_own = surroundings.expert is not None
    if is_own or "expert" in context.roles:
        check_prices(context.policy, None if is_own else surroundings.choice("expert", context))


async def _past(context: EpisodeContext) -> Sequence[Past]:
    if not context.past:
        raise UsageError(
            f"expert_kind {context.expert_kind}: expected earlier episodes to learn from, found no `past`: name "
            "a run's folder, a trajectory or a log"
        )
    return await asyncio.gather(*(asyncio.to_thread(_read_past, Path(path)) for path in context.past))


def _read_past(path: Path) -> Past:
    # a run's folder shows no change when an episode is added to those in it
    latest = max((place.stat().st_mtime_ns for place in (path, path / "episodes") if place.exists()), default=0)
    return _read_past_of(path, latest)


@lru_cache(maxsize=16)
def _read_past_of(path: Path, modified_ns: int) -> Past:
    """Read a path once in each of its versions."""
    return read_past(path)
