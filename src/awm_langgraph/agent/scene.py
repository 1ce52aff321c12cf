"""What a node has besides the state: the run's context, the surroundings, and somebody who listens."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from langgraph.runtime import Runtime

from awm_langgraph.agent.context import EpisodeContext, context_of
from awm_langgraph.agent.events import EventType
from awm_langgraph.agent.state import EpisodeState
from awm_langgraph.agent.surroundings import Surroundings

Update = dict[str, Any]
"""What a node changes in the state."""


@dataclass(frozen=True)
class Scene:
    """One node's view of its run."""

    context: EpisodeContext
    surroundings: Surroundings
    tell: Callable[[Any], None]

    def announce(self, kind: EventType, /, **content: Any) -> None:
        """Tell whoever streams the episode what just happened; see ``agent.events``."""
        self.tell({"type": kind, **content})


Act = Callable[[EpisodeState, Scene], Awaitable[Update]]


class Node(Protocol):
    """What LangGraph calls."""

    async def __call__(self, state: EpisodeState, runtime: Runtime[EpisodeContext]) -> Update:
        """Act, and say what changed."""
        ...


def node(
    act: Act,
    surroundings: Surroundings,
    context_kind: type[EpisodeContext],
    *,
    condition: Literal["condition", "chosen_condition"] = "chosen_condition",
) -> Node:
    """Make a node of what is to be done, and of where; neither state nor context can hold a live object.

    ``condition`` is where the state says which condition goes before the context's: the first node reads it where the
    input said it, the others where the first one noted it for this episode.
    """

    async def act_here(state: EpisodeState, runtime: Runtime[EpisodeContext]) -> Update:
        context = context_of(runtime, context_kind).in_condition(state.get(condition))
        return await act(state, Scene(context, surroundings, runtime.stream_writer))

    return act_here
