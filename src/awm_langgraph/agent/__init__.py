"""The expert-in-the-loop graph. ``graph`` only wires, ``nodes`` only act, ``routing`` only decides."""

from awm_langgraph.agent.context import EpisodeContext, episode_context
from awm_langgraph.agent.expert_graph import create_expert_graph
from awm_langgraph.agent.graph import EpisodeGraph, create_awm_graph
from awm_langgraph.agent.state import EpisodeInput, EpisodeOutput, EpisodeState
from awm_langgraph.agent.surroundings import provenance_of
from awm_langgraph.agent.trajectory import trajectory_of

__all__ = [
    "EpisodeContext",
    "EpisodeGraph",
    "EpisodeInput",
    "EpisodeOutput",
    "EpisodeState",
    "create_awm_graph",
    "create_expert_graph",
    "episode_context",
    "provenance_of",
    "trajectory_of",
]
