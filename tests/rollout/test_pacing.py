import asyncio

import pytest

from awm_langgraph.rollout.pacing import for_each


async def test_so_many_are_worked_on_at_a_time_and_none_is_left_out() -> None:
    begun, done = list[int](), list[int]()
    may_end = asyncio.Event()

    async def work(number: int) -> None:
        begun.append(number)
        if len(begun) == 2:
            may_end.set()
        await may_end.wait()
        assert len(begun) - len(done) <= 2
        done.append(number)

    await for_each(range(5), work, 2)
    assert sorted(done) == [0, 1, 2, 3, 4]


async def test_the_first_failure_is_raised_as_it_was_and_calls_the_rest_off() -> None:
    done = list[int]()

    async def work(number: int) -> None:
        if number == 1:
            raise LookupError("no such thing")
        await asyncio.Event().wait() if number else done.append(number)

    with pytest.raises(LookupError, match="no such thing"):
        await for_each(range(4), work, 3)
    assert done == [0]
