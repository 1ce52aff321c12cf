"""The episode's state machine. This file only wires: nodes act, routing decides."""

from __future__ import annotations

from typing import Literal

from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.graph import END, START, StateGraph
from langgraph.graph.state import CompiledStateGraph
from langgraph.runtime import Runtime

from awm_langgraph.agent import nodes, routing
from awm_langgraph.agent.context import EpisodeContext, context_of
from awm_langgraph.agent.state import EpisodeInput, EpisodeOutput, EpisodeState
from awm_langgraph.settings import current_settings

EpisodeGraph = CompiledStateGraph[EpisodeState, EpisodeContext, EpisodeInput, EpisodeOutput]


def create_awm_graph(*, checkpointer: BaseCheckpointSaver[str] | bool | None = None, name: str = "awm") -> EpisodeGraph:
    """Compile the expert-in-the-loop graph: reset, agent, tools, expert, verifier.

    Input is ``{"scenario", "task_idx"}`` or ``{"scenario", "instruction"}``; ``context=`` takes an ``EpisodeContext``
    or its fields as a dict. Its environments come from the pool chosen by ``use_pool``, else from the process's own.
    """
    current_settings()  # read once, here: reading `.env` inside a node would block the event loop
    graph = StateGraph(
        EpisodeState, context_schema=EpisodeContext, input_schema=EpisodeInput, output_schema=EpisodeOutput
    )
    graph.add_node("reset", nodes.reset)
    graph.add_node("agent", nodes.agent)
    graph.add_node("tools", nodes.tools)
    graph.add_node("expert", nodes.expert)
    graph.add_node("verifier", nodes.verifier)

    graph.add_edge(START, "reset")
    graph.add_conditional_edges("reset", routing.after_reset)
    graph.add_conditional_edges("agent", _after_agent)
    graph.add_conditional_edges("tools", _after_tools)
    graph.add_conditional_edges("expert", _after_expert)
    graph.add_edge("verifier", END)
    return graph.compile(checkpointer=checkpointer, name=name)


def _after_agent(state: EpisodeState, runtime: Runtime[EpisodeContext]) -> Literal["tools", "expert", "verifier"]:
    return routing.after_agent(state, context_of(runtime))


def _after_tools(state: EpisodeState, runtime: Runtime[EpisodeContext]) -> Literal["agent", "expert", "verifier"]:
    return routing.after_tools(state, context_of(runtime))


def _after_expert(state: EpisodeState, runtime: Runtime[EpisodeContext]) -> Literal["agent", "verifier"]:
    return routing.after_expert(state, context_of(runtime))
