"""What a scenario's zygote does in its quiet moments: make calls, so that what they leave in its memory is inherited.

The first call of a handler fills caches of FastAPI, pydantic and SQLAlchemy, and CPython specialises code that runs
often. An episode's child that had to do this itself would take several times as long for its first calls.
"""

from __future__ import annotations

import asyncio
import gc
import json
import signal
from collections.abc import Callable, Iterable
from typing import Any

from awm_langgraph.environment.fork.inside.answer import Result
from awm_langgraph.environment.fork.inside.child import Child

Call = tuple[str, dict[str, Any]]

_LONGEST_SECONDS = 20.0


class Rehearsal:
    """Calls to be made one after the other, each by a child of its own that lives in this process."""

    def __init__(self, calls: Iterable[Call], *, serve: Callable[[], Child], release: Callable[[], None]) -> None:
        """Prepare to make these calls; ``release`` lets go of what must not cross a fork."""
        self._left = list(reversed(list(calls)))
        self._serve = serve
        self._release = release

    @property
    def is_over(self) -> bool:
        """Tell whether all calls were made."""
        return not self._left

    def go_on(self) -> None:
        """Make the next call and drop its answer.

        It is never interrupted: a library stopped in the middle of its first-time work (SQLAlchemy's mappers) stays
        broken, here and in every fork. A call that does not come back ends this process, which is then made anew.
        """
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
        signal.setitimer(signal.ITIMER_REAL, _LONGEST_SECONDS)
        call_once(self._serve(), self._left.pop(), self._release)
        signal.setitimer(signal.ITIMER_REAL, 0)
        if self.is_over:
            # what has come to stay is not looked at any more: a collection in a child would copy its pages
            gc.unfreeze()
            gc.collect()
            gc.freeze()


def call_once(child: Child, call: Call, release: Callable[[], None]) -> Result:
    """Make one call in an event loop of its own."""
    tool, arguments = call
    line = json.dumps({"id": 0, "name": tool, "arguments": arguments}).encode()
    loop = asyncio.new_event_loop()
    try:
        result: Result = json.loads(loop.run_until_complete(child.answer(line)))["result"]
    finally:
        loop.close()
        release()
    return result
