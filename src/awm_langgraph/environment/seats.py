"""A bounded number of places, given in order of arrival."""

from __future__ import annotations

import asyncio
from collections.abc import Callable


class Seats:
    """Places for live environments.

    Whoever finds none free waits in line, without a bound: what is lent comes back, and an acquirer that has a
    deadline sets it. ``make_room`` is called when there is a shortage; it may free places now, later or never.
    """

    def __init__(self, capacity: int, make_room: Callable[[], None]) -> None:
        self.taken = 0
        self._capacity = capacity
        self._make_room = make_room
        self._line: dict[asyncio.Future[None], None] = {}

    @property
    def waiting(self) -> int:
        """Count those in line."""
        return len(self._line)

    @property
    def shortage(self) -> int:
        """Count the places that must become free before everybody in line has one and the bound is kept."""
        return max(0, self.taken + len(self._line) - self._capacity)

    async def take(self) -> None:
        """Take a place when it is one's turn; raises what ``turn_away`` is given meanwhile."""
        if self.take_free():
            return
        turn = asyncio.get_running_loop().create_future()
        self._line[turn] = None
        try:
            self._make_room()
            await turn
        except asyncio.CancelledError:
            if turn in self._line:
                del self._line[turn]
            elif turn.done() and not turn.cancelled() and turn.exception() is None:
                # the place was given in the moment in which its taker gave up
                self.give_back()
            raise

    def take_free(self) -> bool:
        """Take a place if one is free, which none is while somebody is in line; tell whether it was."""
        is_free = self.taken < self._capacity
        self.taken += is_free
        return is_free

    def give_back(self) -> None:
        """Give a place back, and on to the first in line."""
        self.taken -= 1
        self._give()

    def resize(self, capacity: int) -> None:
        """Change how many places there are."""
        self._capacity = capacity
        self._give()
        if self.shortage:
            self._make_room()

    def turn_away(self, error: Exception) -> None:
        """Send everybody in line away with an error."""
        while self._line:
            turn, _ = self._line.popitem()
            if not turn.done():
                turn.set_exception(error)

    def _give(self) -> None:
        while self._line and self.taken < self._capacity:
            turn = next(iter(self._line))
            del self._line[turn]
            if not turn.done():
                self.taken += 1
                turn.set_result(None)
