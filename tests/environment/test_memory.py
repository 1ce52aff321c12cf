import mmap
import os

import pytest

from awm_langgraph.environment.memory import MemoryGauge, machine_bytes, private_bytes

MB = 1024**2


def test_a_process_is_found_to_use_what_it_shares_with_nobody() -> None:
    before = private_bytes(os.getpid())
    block = mmap.mmap(-1, 64 * MB, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    block.write(b"x" * (64 * MB))
    assert private_bytes(os.getpid()) - before == pytest.approx(64 * MB, rel=0.5)
    block.close()


def test_a_process_that_is_gone_uses_nothing() -> None:
    pid = os.posix_spawn("/bin/true", ["true"], {})
    os.waitpid(pid, 0)
    assert private_bytes(pid) == 0


def test_the_machine_has_memory() -> None:
    assert machine_bytes() > 64 * MB


def test_nothing_is_measured_far_from_the_bound() -> None:
    gauge = MemoryGauge(1024 * MB)
    assert not gauge.is_due(5)
    assert gauge.is_due(20)


def test_before_anything_was_measured_as_many_may_be_as_were_asked_for() -> None:
    assert MemoryGauge(1).capacity(1000) == 1000


def test_the_bound_on_memory_becomes_one_on_places_by_what_servers_use() -> None:
    each = private_bytes(os.getpid())
    gauge = MemoryGauge(5 * each)
    gauge.measure([os.getpid()] * 3)
    assert 3 <= gauge.capacity(1000) <= 6
    assert gauge.capacity(2) == 2


def test_however_little_memory_there_is_one_place_remains() -> None:
    gauge = MemoryGauge(1)
    gauge.measure([os.getpid()])
    assert gauge.capacity(1000) == 1


def test_a_measurement_is_not_repeated_at_once() -> None:
    gauge = MemoryGauge(1)
    assert gauge.is_due(1)
    gauge.measure([os.getpid()])
    assert not gauge.is_due(1)
