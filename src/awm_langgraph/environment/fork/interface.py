"""What a scenario's server says about itself: found out once by a tool builder, kept on disk."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from contextlib import suppress
from functools import cache, cached_property
from importlib.metadata import version
from pathlib import Path
from typing import Any
from uuid import uuid4

from pydantic import ValidationError

from awm_langgraph.catalog.scenario import Scenario
from awm_langgraph.episode import Value

MAX_INTERFACE_BYTES = 4 * 1024 * 1024

_FORM = "6"
_LIBRARIES = ("fastapi", "fastapi-mcp", "mcp", "pydantic", "sqlalchemy", "starlette")


Calls = tuple[tuple[str, dict[str, Any]], ...]
"""Tools, each with arguments."""


class Interface(Value):
    """A scenario's answers to ``initialize`` and ``tools/list``, and how its tools are served.

    ``operations`` are, by tool, method, path and the names that go into path, query and headers. ``refused`` says, by
    tool, why one whose schema is wrong cannot be called. ``why_loaded_each_time`` is empty where the code may be
    executed once for all episodes; ``has_startup`` says whether the application itself has something to do at the start
    of each. ``rehearsal`` are the calls that warm a zygote, None before the tools have been tried.
    """

    initialize: dict[str, Any]
    tools: dict[str, Any]
    operations: dict[str, tuple[str, str, tuple[str, ...], tuple[str, ...], tuple[str, ...]]]
    refused: dict[str, str]
    why_loaded_each_time: str
    has_startup: bool
    rehearsal: Calls | None = None

    @property
    def is_quiet_at_start(self) -> bool:
        """Tell whether an episode begins without any of the scenario's code being executed."""
        return not self.why_loaded_each_time and not self.has_startup

    @cached_property
    def reading_tools(self) -> frozenset[str]:
        """Name the tools that read only, by what HTTP says of their methods."""
        return frozenset(tool for tool, (method, *_) in self.operations.items() if method == "GET")

    @cached_property
    def catalogue(self) -> str:
        """Name the list of tools by its content."""
        return hashlib.sha256(json.dumps(self.tools).encode()).hexdigest()


class InterfaceCache:
    """Interfaces on disk, by scenario and library versions. A file that cannot be used is as good as none."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def read(self, scenario: Scenario) -> Interface | None:
        """Answer what is kept for a scenario."""
        try:
            return Interface.model_validate_json(self._path(scenario).read_bytes())
        except (OSError, ValidationError):
            return None

    def write(self, scenario: Scenario, interface: Interface) -> None:
        """Keep an interface; a folder that cannot be written only costs time."""
        path = self._path(scenario)
        unfinished = path.with_name(f".{path.name}.{uuid4().hex[:8]}")
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            unfinished.write_text(interface.model_dump_json())
            os.replace(unfinished, path)
        except OSError:
            with suppress(OSError):
                unfinished.unlink()

    def _path(self, scenario: Scenario) -> Path:
        parts = [_FORM, scenario.fingerprint, scenario.code, *_library_versions()]
        return self._folder / f"{hashlib.sha256(json.dumps(parts).encode()).hexdigest()}.json"


@cache
def _library_versions() -> tuple[str, ...]:
    return tuple(f"{name} {version(name)}" for name in _LIBRARIES)


def interface_of(line: bytes) -> Interface:
    """Read what a tool builder says before any tool is tried.

    Raises:
        ValueError: it is no interface.
    """
    return _keepable({**_object(line), "rehearsal": None})


def tried(known: Interface, line: bytes) -> Interface:
    """Read what a tool builder says after the trial, in which tools that were tried may have had a hand: calls only.

    Raises:
        ValueError: it is something else.
    """
    return _keepable({**known.model_dump(), "rehearsal": _object(line).get("rehearsal")})


def _object(line: bytes) -> Mapping[str, Any]:
    parsed = json.loads(line)
    if not isinstance(parsed, Mapping):
        raise ValueError("expected a JSON object")
    return parsed


def _keepable(fields: Mapping[str, Any]) -> Interface:
    interface = Interface.model_validate(fields)
    # JSON's parser takes what its writer does not: half a character, lists within lists within lists
    interface.model_dump_json()
    return interface
