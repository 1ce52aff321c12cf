"""What a trace shows of the graph's own runs: what each node adds, not all that was there before it.

The state grows with the episode: a copy of it for every node would make traces grow with the square of the steps.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, get_args, get_type_hints

from langchain_core.runnables import Runnable, RunnableConfig
from langchain_core.runnables.config import ensure_config, var_child_runnable_config
from langgraph.types import TracePolicy
from typing_extensions import override

from awm_langgraph.agent.state import EpisodeState

_AT_A_GLANCE = (
    "scenario",
    "task_idx",
    "instruction",
    "condition",
    "catalog",
    "episode_id",
    "steps",
    "snapshot",
    "stop_reason",
    "error",
)


def at_a_glance(state: Mapping[str, Any]) -> dict[str, Any]:
    """Say where a node begins: the fields of the state that do not grow."""
    return {name: state[name] for name in _AT_A_GLANCE if state.get(name) not in (None, "")}


NODE_RUNS = TracePolicy(process_inputs=at_a_glance)
"""For every node; whoever streams the graph still gets everything, only tracers get less."""


def unrecorded(decide: Callable[[EpisodeState], str]) -> tuple[Runnable[EpisodeState, str], list[str]]:
    """Make a conditional edge without a run in the trace, which would say no more than the next node does.

    Comes with the nodes that the function's annotation names. The function may ask LangGraph for the runtime.
    """
    return _Unrecorded(decide), [*get_args(get_type_hints(decide)["return"])]


class _Unrecorded(Runnable[EpisodeState, str]):
    def __init__(self, decide: Callable[[EpisodeState], str]) -> None:
        self.name = decide.__name__
        self._decide = decide

    @override
    def invoke(self, input: EpisodeState, config: RunnableConfig | None = None, **kwargs: Any) -> str:
        token = var_child_runnable_config.set(ensure_config(config))
        try:
            return self._decide(input)
        finally:
            var_child_runnable_config.reset(token)

    @override
    async def ainvoke(self, input: EpisodeState, config: RunnableConfig | None = None, **kwargs: Any) -> str:
        # here, not in a thread as LangChain's own does: nothing in it waits
        return self.invoke(input, config)
