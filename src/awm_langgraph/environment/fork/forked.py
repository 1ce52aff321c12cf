"""The runner's hold on a process that a zygote forked for it."""

from __future__ import annotations

import asyncio
import os
import select
import signal
from contextlib import suppress

from awm_langgraph.environment.fork.channel import until_readable

END_SECONDS = 10.0
"""Longest time that a killed process may take to be gone."""


class Forked:
    """A process known by a pidfd, so that no signal ever meets a stranger who inherited its pid."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        try:
            self._handle = os.pidfd_open(pid)
        except ProcessLookupError:
            self._handle = -1

    @property
    def is_alive(self) -> bool:
        """Tell whether the process has not ended."""
        if self._handle < 0:
            return False
        poll = select.poll()
        poll.register(self._handle, select.POLLIN)
        return not poll.poll(0)

    def kill(self) -> None:
        """End the process now; does nothing to one that has ended."""
        if self._handle >= 0:
            with suppress(ProcessLookupError):
                signal.pidfd_send_signal(self._handle, signal.SIGKILL)

    async def wait(self) -> None:
        """Wait for the end; one task at a time."""
        if self._handle >= 0:
            await until_readable(self._handle)

    async def end(self) -> None:
        """Kill the process and let go of it when it is gone."""
        self.kill()
        with suppress(TimeoutError):
            async with asyncio.timeout(END_SECONDS):
                await self.wait()
        self.forget()

    def forget(self) -> None:
        """Let go of the process; nobody may be waiting for it."""
        handle, self._handle = self._handle, -1
        if handle >= 0:
            os.close(handle)
