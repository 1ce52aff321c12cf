"""Tool interfaces: in which form an agent is offered the environment's tools, and how its calls are read.

All pure: an interface is asked by the nodes and knows neither state nor environment. What an agent writes is read in
every form that can mean one thing only, and each departure from the form it was told is kept as a flaw, so that calls
can be counted strictly.
"""

from awm_langgraph.agent.interfaces.arguments import repaired
from awm_langgraph.agent.interfaces.choosing import interface_named
from awm_langgraph.agent.interfaces.protocol import EnvironmentCall, InterfaceName, Request, ToolInterface
from awm_langgraph.agent.interfaces.requests import PREFIX
from awm_langgraph.agent.interfaces.shortening import shortened

__all__ = [
    "PREFIX",
    "EnvironmentCall",
    "InterfaceName",
    "Request",
    "ToolInterface",
    "interface_named",
    "repaired",
    "shortened",
]
