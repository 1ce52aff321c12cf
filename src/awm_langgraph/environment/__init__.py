"""Live scenarios: their databases, servers and snapshots, and the pool that lends them."""

from awm_langgraph.environment.choosing import runtime_for
from awm_langgraph.environment.current import current_pool, keep_own_pool, use_pool
from awm_langgraph.environment.limits import PoolLimits
from awm_langgraph.environment.pool import EnvironmentPool
from awm_langgraph.environment.protocol import Environment, schema_of
from awm_langgraph.environment.statistics import PoolStatistics

__all__ = [
    "Environment",
    "EnvironmentPool",
    "PoolLimits",
    "PoolStatistics",
    "current_pool",
    "keep_own_pool",
    "runtime_for",
    "schema_of",
    "use_pool",
]
