"""Expert-in-the-loop episodes for LangGraph: agents that know when to ask for help.

Public names are resolved on first use: importing the package imports neither langgraph nor anything else that is heavy.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from awm_langgraph.version import __version__

if TYPE_CHECKING:
    from awm_langgraph.agent import EpisodeContext, create_awm_graph, create_expert_graph
    from awm_langgraph.catalog import Catalog
    from awm_langgraph.environment import EnvironmentPool, use_pool
    from awm_langgraph.errors import AwmError, EpisodeError, UsageError
    from awm_langgraph.middleware import ExpertMiddleware
    from awm_langgraph.rollout import open_run
    from awm_langgraph.settings import Settings, use_settings

__all__ = [
    "AwmError",
    "Catalog",
    "EnvironmentPool",
    "EpisodeContext",
    "EpisodeError",
    "ExpertMiddleware",
    "Settings",
    "UsageError",
    "__version__",
    "create_awm_graph",
    "create_expert_graph",
    "open_run",
    "use_pool",
    "use_settings",
]

_HOMES = {
    "AwmError": "errors",
    "Catalog": "catalog",
    "EnvironmentPool": "environment",
    "EpisodeContext": "agent",
    "EpisodeError": "errors",
    "ExpertMiddleware": "middleware",
    "Settings": "settings",
    "UsageError": "errors",
    "create_awm_graph": "agent",
    "create_expert_graph": "agent",
    "open_run": "rollout",
    "use_pool": "environment",
    "use_settings": "settings",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
