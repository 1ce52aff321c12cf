"""What a process that the root zygote forks is told: too much for a datagram, so it travels as a file in memory."""

from __future__ import annotations

import os
from pathlib import Path

from awm_langgraph.environment.fork.channel import memory_file
from awm_langgraph.environment.fork.interface import Interface
from awm_langgraph.episode import Value
from awm_langgraph.sandbox import SandboxLevel


class Briefing(Value):
    """A scenario and where to work on it.

    ``territory`` is the only folder that may be written, ``scratch`` a database in it, alone in the working folder.
    A tool builder is given no ``interface``: it is to find it out.
    """

    code: str
    territory: Path
    scratch: Path
    level: SandboxLevel
    interface: Interface | None = None

    def write(self) -> int:
        """Answer a descriptor to read it from, once."""
        return memory_file(self.model_dump_json().encode())

    @classmethod
    def read(cls, descriptor: int) -> Briefing:
        """Read what ``write`` wrote, and close the descriptor."""
        with os.fdopen(descriptor, "rb") as file:
            return cls.model_validate_json(file.read())
