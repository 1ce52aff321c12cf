"""Much work, so much of it at a time."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from typing import TypeVar

_T = TypeVar("_T")


async def for_each(things: Iterable[_T], work: Callable[[_T], Awaitable[None]], concurrency: int) -> None:
    """Work on so many things at a time; the first failure calls the rest off, and is raised as it was."""
    places = asyncio.Semaphore(concurrency)

    async def in_turn(thing: _T) -> None:
        async with places:
            await work(thing)

    try:
        async with asyncio.TaskGroup() as group:
            for thing in things:
                group.create_task(in_turn(thing))
    except ExceptionGroup as failed:
        raise failed.exceptions[0] from failed
