"""Which runtime a process uses."""

from __future__ import annotations

from awm_langgraph.environment.runtime import Runtime
from awm_langgraph.environment.spawn import SpawnRuntime
from awm_langgraph.settings import Settings


def runtime_for(settings: Settings) -> Runtime:
    """Make the runtime that the settings ask for; of their own accord they ask for forking where it is possible.

    Raises:
        UsageError: they ask for one that cannot run here.
    """
    if settings.runtime == "spawn":
        return SpawnRuntime(settings.sandbox)
    from awm_langgraph.environment.fork.runtime import ForkRuntime

    if settings.runtime == "auto" and ForkRuntime.obstacle():
        return SpawnRuntime(settings.sandbox)
    return ForkRuntime(level=settings.sandbox)
