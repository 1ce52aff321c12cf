"""An assistant for each condition of a comparison, so that Studio offers them by name."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, get_args
from uuid import NAMESPACE_URL, uuid5

from langgraph_sdk.client import LangGraphClient

from awm_langgraph.agent import EpisodeContext
from awm_langgraph.episode import Tier, Value

GRAPH = "awm"
_DESCRIPTIONS = {
    "none": "The agent alone.",
    "dynamic": "A model helps on demand.",
    "static": "A model advises once before the task, from earlier episodes.",
    "human": "A person helps on demand.",
    "ensemble": "A choice of specialists helps on demand.",
    "memory": "Earlier successes help on demand.",
}
_KNOWS = {
    "transcript": "The expert knows what the agent saw.",
    "schema": "The expert knows every tool too.",
    "criteria": "The expert knows what the verifier will look for too.",
    "verifier": "The expert knows the verifier's code too.",
}


class Condition(Value):
    """One arm of a comparison, as an assistant."""

    name: str
    description: str
    context: dict[str, Any]

    @property
    def assistant_id(self) -> str:
        """The same for the same condition, so that it is made once."""
        return str(uuid5(NAMESPACE_URL, f"awm-langgraph/{GRAPH}/{self.name}"))


def conditions(past: Sequence[str] = ()) -> Iterator[Condition]:
    """List the conditions; those that learn from earlier episodes only where there is a ``past``."""
    yield _condition(expert_kind="none")
    for tier in get_args(Tier):
        yield _condition(expert_kind="dynamic", expert_tier=tier)
    yield _condition(expert_kind="ensemble", expert_tier="criteria")
    yield _condition(expert_kind="human", expert_tier="schema")
    if past:
        yield _condition(expert_kind="static", expert_tier="schema", past=list(past))
        yield _condition(expert_kind="memory", expert_tier="schema", past=list(past))


async def provide(client: LangGraphClient, condition: Condition) -> None:
    """Have the assistant of a condition on a server, as it should be; one that is there stays."""
    made = await client.assistants.create(
        GRAPH,
        context=condition.context,
        metadata={"condition": condition.name},
        assistant_id=condition.assistant_id,
        if_exists="do_nothing",
        name=condition.name,
        description=condition.description,
    )
    if made["context"] != condition.context:
        await client.assistants.update(condition.assistant_id, context=condition.context)


def _condition(**context: Any) -> Condition:
    chosen = EpisodeContext.model_validate(context)
    knows = _KNOWS[chosen.expert_tier] if chosen.offers_expert else ""
    description = f"Does one task of a scenario. {_DESCRIPTIONS[chosen.expert_kind]} {knows}".strip()
    return Condition(name=chosen.condition, description=description, context=context)
