"""The episode's state machine. This file only wires: nodes act, routing decides."""

from __future__ import annotations

from typing import Any, Literal

from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.graph import END, START, StateGraph
from langgraph.graph.state import CompiledStateGraph
from langgraph.runtime import get_runtime

from awm_langgraph.agent import nodes, routing
from awm_langgraph.agent.context import EpisodeContext, context_of, context_with
from awm_langgraph.agent.recorded import NODE_RUNS, unrecorded
from awm_langgraph.agent.scene import node
from awm_langgraph.agent.state import EpisodeInput, EpisodeOutput, EpisodeState
from awm_langgraph.agent.surroundings import CatalogSurroundings, Surroundings
from awm_langgraph.experts import as_expert
from awm_langgraph.settings import current_settings

EpisodeGraph = CompiledStateGraph[EpisodeState, EpisodeContext, EpisodeInput, EpisodeOutput]
Checkpointer = BaseCheckpointSaver[str] | bool | None


def create_awm_graph(
    *, expert: Any = None, checkpointer: Checkpointer = None, name: str = "awm", **defaults: Any
) -> EpisodeGraph:
    """Compile the expert-in-the-loop graph over a catalog's scenarios: reset, agent, tools, expert, verifier.

    Input is ``{"scenario", "task_idx"}`` or ``{"scenario", "instruction"}``; ``context=`` takes an ``EpisodeContext``
    or its fields as a dict. A ``condition`` in the input, such as ``"none"`` or ``"dynamic/schema"``, goes before the
    context's ``expert_kind`` and ``expert_tier``. Its environments come from the pool chosen by ``use_pool``, else from
    the process's own.

    Args:
        expert: an ``Expert``, a runnable or a function of your own, instead of the one that the context chooses.
        checkpointer: where LangGraph keeps the episodes' checkpoints.
        name: the graph's name, in traces and in a graph around it.
        defaults: fields of the context that are to have another default in this graph.

    Raises:
        UsageError: a default is out of range, or ``expert`` is of no use as one.
    """
    current_settings()  # read once, here: reading `.env` inside a node would block the event loop
    surroundings = CatalogSurroundings(None if expert is None else as_expert(expert))
    return build_graph(surroundings, checkpointer=checkpointer, name=name, defaults=defaults)


def build_graph(
    surroundings: Surroundings,
    *,
    takes: type[Any] = EpisodeInput,
    checkpointer: Checkpointer,
    name: str,
    defaults: dict[str, Any],
) -> EpisodeGraph:
    """Wire the nodes."""
    kind = context_with(**defaults) if defaults else EpisodeContext
    graph = StateGraph(EpisodeState, context_schema=kind, input_schema=takes, output_schema=EpisodeOutput)
    graph.add_node("reset", node(nodes.reset, surroundings, kind, condition="condition"), trace_policy=NODE_RUNS)
    graph.add_node("agent", node(nodes.agent, surroundings, kind), trace_policy=NODE_RUNS)
    graph.add_node("tools", node(nodes.tools, surroundings, kind), trace_policy=NODE_RUNS)
    graph.add_node("expert", node(nodes.expert, surroundings, kind), trace_policy=NODE_RUNS)
    graph.add_node("verifier", node(nodes.verifier, surroundings, kind), trace_policy=NODE_RUNS)

    def context(state: EpisodeState) -> EpisodeContext:
        """Read the context; where a state is edited LangGraph routes without a runtime, and the state's own counts."""
        runtime = get_runtime(kind)
        given = context_of(runtime, kind) if runtime is not None else kind.model_validate(state.get("context", {}))
        return given.in_condition(state.get("chosen_condition"))

    def after_reset(state: EpisodeState) -> Literal["agent", "expert", "verifier"]:
        return routing.after_reset(state, context(state))

    def after_agent(state: EpisodeState) -> Literal["tools", "expert", "agent", "verifier"]:
        return routing.after_agent(state, context(state))

    def after_tools(state: EpisodeState) -> Literal["agent", "expert", "verifier"]:
        return routing.after_tools(state, context(state))

    def after_expert(state: EpisodeState) -> Literal["agent", "verifier"]:
        return routing.after_expert(state, context(state))

    graph.add_edge(START, "reset")
    graph.add_conditional_edges("reset", *unrecorded(after_reset))
    graph.add_conditional_edges("agent", *unrecorded(after_agent))
    graph.add_conditional_edges("tools", *unrecorded(after_tools))
    graph.add_conditional_edges("expert", *unrecorded(after_expert))
    graph.add_edge("verifier", END)
    return graph.compile(checkpointer=checkpointer, name=name)
