"""Live scenarios: their databases, servers and snapshots, and the pool that lends them."""

from awm_langgraph.environment.choosing import runtime_for
from awm_langgraph.environment.pool import EnvironmentPool, current_pool, use_pool
from awm_langgraph.environment.protocol import Environment, schema_of

__all__ = ["Environment", "EnvironmentPool", "current_pool", "runtime_for", "schema_of", "use_pool"]
