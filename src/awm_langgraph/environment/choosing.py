"""Which runtime a process uses."""

from __future__ import annotations

from awm_langgraph.environment.runtime import Runtime
from awm_langgraph.environment.spawn import SpawnRuntime
from awm_langgraph.settings import Settings


def runtime_for(settings: Settings) -> Runtime:
    """Make the runtime that the settings ask for."""
    return SpawnRuntime(settings.sandbox)
