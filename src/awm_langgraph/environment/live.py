"""An environment that has a process, or is about to, as its pool sees it."""

from __future__ import annotations

import asyncio
import shutil
from dataclasses import dataclass, field
from pathlib import Path

from awm_langgraph.catalog.scenario import Scenario
from awm_langgraph.environment.local import LocalEnvironment
from awm_langgraph.environment.templates import SeedTemplate


@dataclass(eq=False)
class Live:
    """One place of a pool, from the moment it is taken to the moment its process is gone.

    A spare has no ``episode_id`` yet; ``home`` is the folder that it was born in, and leaves behind at its end.
    """

    scenario: Scenario
    episode_id: str | None = None
    home: Path | None = None
    opening: asyncio.Task[None] = field(init=False)
    ending: asyncio.Task[None] | None = None
    alarm: asyncio.TimerHandle | None = None
    made: LocalEnvironment | None = None

    @property
    def environment(self) -> LocalEnvironment:
        """The environment itself; there is none before it is being opened."""
        assert self.made is not None
        return self.made

    @property
    def template(self) -> SeedTemplate | None:
        """What a fresh one was made from; known when it has been opened."""
        return self.made.template if self.made else None

    @property
    def is_usable(self) -> bool:
        """Tell whether it is started, alive and not about to end."""
        return self.ending is None and self.opening.done() and self._is_alive

    @property
    def is_lost(self) -> bool:
        """Tell whether it was started and has died of itself."""
        return self.ending is None and self.opening.done() and not self._is_alive

    @property
    def _is_alive(self) -> bool:
        return self.made is not None and self.made.is_alive

    def silence(self) -> None:
        """Call off what was to happen to it if nobody wanted it."""
        if self.alarm is not None:
            self.alarm.cancel()
            self.alarm = None

    async def close(self) -> None:
        """End it, be it started or being started."""
        if not self.opening.done():
            self.opening.cancel()
            await asyncio.wait({self.opening})
        if self.made is not None:
            await self.made.close()
        if self.home is not None:
            await asyncio.to_thread(shutil.rmtree, self.home, ignore_errors=True)

    def bury(self) -> None:
        """End it without an event loop; blocks while files are removed."""
        self.silence()
        if self.made is not None:
            self.made.bury()
        if self.home is not None:
            shutil.rmtree(self.home, ignore_errors=True)
