"""From the names in the state to the things they name: tasks, environments, models, verdicts."""

from awm_langgraph.agent.surroundings.catalog import CatalogSurroundings, open_shared, provenance_of
from awm_langgraph.agent.surroundings.protocol import Surroundings, task_of

__all__ = ["CatalogSurroundings", "Surroundings", "open_shared", "provenance_of", "task_of"]
