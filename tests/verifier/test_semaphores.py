from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from awm_langgraph.verifier.semaphores import SemLock

RECURSIVE, SEMAPHORE = 0, 1


def test_no_more_are_taken_than_there_are() -> None:
    semaphore = SemLock(SEMAPHORE, 2, 5, "", True)

    taken = [semaphore.acquire(block=False) for _ in range(3)]

    assert taken == [True, True, False]
    assert semaphore._is_zero()
    assert not semaphore.acquire(timeout=-1.0)


def test_one_that_is_given_back_is_for_whoever_waits() -> None:
    lock = SemLock(SEMAPHORE, 1, 1, "", True)
    lock.acquire()

    with ThreadPoolExecutor(1) as threads:
        waiting = threads.submit(lock.acquire)
        lock.release()

        assert waiting.result(60)
    assert lock._get_value() == 0


def test_a_recursive_lock_is_taken_again_by_its_owner_only() -> None:
    lock = SemLock(RECURSIVE, 1, 1, "", True)

    with lock, lock, ThreadPoolExecutor(1) as threads:
        assert lock._count() == 2
        assert not threads.submit(lock.acquire, False).result(60)
        with pytest.raises(AssertionError, match="not owned"):
            threads.submit(lock.release).result(60)

    assert (lock._count(), lock._get_value()) == (0, 1)


def test_none_is_given_back_that_was_not_taken() -> None:
    lock = SemLock(SEMAPHORE, 1, 1, "", True)

    with pytest.raises(ValueError, match="too many times"):
        lock.release()
