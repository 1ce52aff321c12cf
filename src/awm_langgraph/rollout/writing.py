"""An episode's events, written into the run store as they come."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from awm_langgraph.episode import ConsultationRecord, Decision, ToolOutcome, Usage
from awm_langgraph.rollout.records import Beginning, Setup, StepRecord
from awm_langgraph.rollout.store import RunStore

Event = Mapping[str, Any]
"""What a node announced; see ``awm_langgraph.agent.events``."""
Listener = Callable[[Event], None]


class EpisodeWriter:
    """Writes one episode's events; those that say nothing new are passed over."""

    def __init__(self, store: RunStore, setup: Setup) -> None:
        self._store = store
        self._setup = setup

    async def write(self, event: Event) -> None:
        """Write an event; a verdict is written with the trajectory, when the episode is finished."""
        episode_id = self._setup.episode_id
        content = {name: value for name, value in event.items() if name != "type"}
        match event["type"]:
            case "start" | "reset":
                await self._store.start_episode(self._begun(content))
            case "turn" if not content["is_final"]:
                await self._store.record_step(episode_id, _step_of(content))
            case "call":
                await self._store.record_call(episode_id, ToolOutcome.model_validate(content))
            case "decision":
                await self._store.record_decision(episode_id, Decision.model_validate(content))
            case "consultation":
                del content["text"]
                await self._store.record_consultation(episode_id, ConsultationRecord.model_validate(content))

    def _begun(self, content: Mapping[str, Any]) -> Beginning:
        setup = {name: getattr(self._setup, name) for name in Setup.model_fields}
        return Beginning(**setup, task=content["task"], seed_problems=content.get("seed_problems", ()))


def _step_of(content: Mapping[str, Any]) -> StepRecord:
    return StepRecord(
        number=content["step"],
        message=content["message"],
        usage=Usage.model_validate(content["usage"]),
        latency_seconds=content["latency_seconds"],
    )
