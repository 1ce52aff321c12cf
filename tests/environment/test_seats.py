import asyncio

import pytest
from tests.environment.conftest import until

from awm_langgraph.environment.seats import Seats


def seats(capacity: int) -> tuple[Seats, list[int]]:
    """Make places, and a list of the shortages for which room was asked."""
    shortages: list[int] = []
    places = Seats(capacity, lambda: shortages.append(places.shortage))
    return places, shortages


async def until_waiting(places: Seats, count: int) -> None:
    await until(lambda: places.waiting == count)


async def test_places_are_given_up_to_the_bound_and_then_in_order_of_arrival() -> None:
    places, shortages = seats(2)
    await places.take()
    await places.take()
    assert (places.taken, places.shortage, shortages) == (2, 0, [])
    order: list[int] = []

    async def come(number: int) -> None:
        await places.take()
        order.append(number)

    tasks = []
    for number in range(3):
        tasks.append(asyncio.create_task(come(number)))
        await until_waiting(places, number + 1)
    assert shortages == [1, 2, 3]
    for _ in tasks:
        places.give_back()
    await asyncio.gather(*tasks)
    assert order == [0, 1, 2]
    assert (places.taken, places.waiting) == (2, 0)


async def test_nobody_gets_ahead_of_the_line() -> None:
    places, _ = seats(1)
    assert places.take_free()
    waiter = asyncio.create_task(places.take())
    await until_waiting(places, 1)
    places.give_back()
    # the place is the waiter's already, though it has not run yet
    assert not places.take_free()
    await waiter


async def test_who_gives_up_leaves_the_line() -> None:
    places, _ = seats(1)
    await places.take()
    waiters = [asyncio.create_task(places.take()) for _ in range(3)]
    await until_waiting(places, 3)
    waiters[0].cancel()
    waiters[1].cancel()
    await asyncio.wait(waiters[:2])
    assert (places.waiting, places.shortage) == (1, 1)
    places.give_back()
    await waiters[2]
    assert places.taken == 1


async def test_a_place_given_in_the_moment_of_giving_up_goes_to_the_next() -> None:
    places, _ = seats(1)
    await places.take()
    first, second = (asyncio.create_task(places.take()) for _ in range(2))
    await until_waiting(places, 2)
    places.give_back()
    first.cancel()
    with pytest.raises(asyncio.CancelledError):
        await first
    await second
    assert places.taken == 1


async def test_fewer_places_make_a_shortage_and_more_are_given_at_once() -> None:
    places, shortages = seats(3)
    for _ in range(3):
        await places.take()
    places.resize(1)
    assert shortages == [2]
    waiter = asyncio.create_task(places.take())
    await until_waiting(places, 1)
    places.give_back()
    assert not waiter.done()
    places.resize(3)
    await waiter
    assert (places.taken, places.shortage) == (3, 0)


async def test_the_line_can_be_sent_away() -> None:
    places, _ = seats(1)
    await places.take()
    waiters = [asyncio.create_task(places.take()) for _ in range(2)]
    await until_waiting(places, 2)
    places.turn_away(RuntimeError("closed"))
    for waiter in waiters:
        with pytest.raises(RuntimeError, match="closed"):
            await waiter
    assert (places.taken, places.waiting) == (1, 0)
