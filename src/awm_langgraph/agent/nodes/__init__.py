"""The episode's nodes. Each acts and says what changed; where to go next is for ``routing`` to say."""

from awm_langgraph.agent.nodes.agent import agent
from awm_langgraph.agent.nodes.expert import expert
from awm_langgraph.agent.nodes.reset import reset
from awm_langgraph.agent.nodes.tools import tools
from awm_langgraph.agent.nodes.verifier import verifier

__all__ = ["agent", "expert", "reset", "tools", "verifier"]
