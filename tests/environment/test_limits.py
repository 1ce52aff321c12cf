import resource

from awm_langgraph.environment.limits import PoolLimits, affordable
from awm_langgraph.environment.memory import machine_bytes
from awm_langgraph.settings import Settings


def test_limits_are_those_of_the_settings() -> None:
    settings = Settings.load(
        pool_max_live=7, pool_max_memory_mb=3, pool_idle_seconds=2, pool_spares=0, snapshot_budget="4MB"
    )
    bounds = {"live": 7, "memory_bytes": 3 * 1024**2, "idle_seconds": 2, "spares": 0, "template_seconds": 300}
    assert PoolLimits.of(settings) == PoolLimits(**bounds, snapshot_bytes=4_000_000)


def test_without_a_bound_on_memory_it_is_half_of_the_machines() -> None:
    assert PoolLimits.of(Settings.load()).memory_bytes == machine_bytes() // 2


def test_the_limit_on_open_files_is_raised_as_far_as_it_goes_and_no_further() -> None:
    before = soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(1000, soft), hard))
        assert affordable(1) == 1
        assert resource.getrlimit(resource.RLIMIT_NOFILE)[0] == min(1000, soft)
        assert affordable(400) == 400
        assert resource.getrlimit(resource.RLIMIT_NOFILE)[0] > 1600
        far_too_many = hard + 1
        assert 400 < affordable(far_too_many) < far_too_many
        assert resource.getrlimit(resource.RLIMIT_NOFILE) == (hard, hard)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)
