"""What a node does with a decision on its way: write it down, announce it, and hint at the expert."""

from __future__ import annotations

from dataclasses import dataclass, field

from langchain_core.messages import AIMessage, AnyMessage

from awm_langgraph.agent.history import meant_call
from awm_langgraph.agent.interfaces import InterfaceName, interface_named
from awm_langgraph.agent.routing import decision
from awm_langgraph.agent.scene import Scene, Update
from awm_langgraph.agent.state import EpisodeState
from awm_langgraph.episode import Decision
from awm_langgraph.experts import ASK_EXPERT, held_back, hint


@dataclass(frozen=True)
class Noted:
    """A decision that was written down, if there was one to make; ``remaining`` counts the consultations left."""

    decision: Decision | None = None
    update: Update = field(default_factory=dict)
    remaining: int = 0

    @property
    def is_nudge(self) -> bool:
        """Tell whether the agent is to be told that it may ask."""
        return self.decision is not None and self.decision.reaction == "nudge"

    @property
    def reason(self) -> str:
        """The decision's reason."""
        return self.decision.reason if self.decision else ""

    @property
    def hints(self) -> list[AnyMessage]:
        """Tell the agent that it may ask, if that was decided."""
        return [hint(self.reason, remaining=self.remaining)] if self.is_nudge else []


def note(state: EpisodeState, scene: Scene) -> Noted:
    """Write down and announce what was decided on the way to this node; the same decision that routing took."""
    made = decision(state, scene.context)
    if made is None:
        return Noted()
    record = made.model_dump(mode="json")
    scene.announce("decision", **record)
    remaining = scene.context.max_consultations - len(state["consultations"])
    return Noted(made, {"decisions": [record]}, remaining)


def hold_back(turn: AIMessage, interface: InterfaceName, reason: str) -> list[AnyMessage]:
    """Answer a turn's calls without making them; questions to the expert are left for the expert."""
    requests = interface_named(interface).requests(turn, ())
    return [
        held_back(meant_call(one, interface), call_id=one.call_id, reason=reason)
        for one in requests
        if one.name != ASK_EXPERT
    ]
