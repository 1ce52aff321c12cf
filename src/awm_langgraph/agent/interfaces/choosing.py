"""The interfaces there are, by name."""

from __future__ import annotations

from typing import get_args

from awm_langgraph.agent.interfaces.gateway import Gateway
from awm_langgraph.agent.interfaces.native import Native
from awm_langgraph.agent.interfaces.protocol import InterfaceName, ToolInterface
from awm_langgraph.agent.interfaces.search import Search
from awm_langgraph.agent.interfaces.text import Text
from awm_langgraph.errors import UsageError

_INTERFACES: dict[InterfaceName, ToolInterface] = {
    "native": Native(),
    "gateway": Gateway(),
    "text": Text(),
    "search": Search(),
}


def interface_named(name: InterfaceName) -> ToolInterface:
    """Find a tool interface; all of them are without state and shared.

    Raises:
        UsageError: there is none of that name.
    """
    if name not in _INTERFACES:
        raise UsageError(f"expected a tool interface out of {', '.join(get_args(InterfaceName))}, found {name!r}")
    return _INTERFACES[name]
