"""An environment on this machine: a database file, a scenario server in a child process, an MCP session."""

from __future__ import annotations

import asyncio
import json
import shutil
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from awm_langgraph.catalog.scenario import Scenario
from awm_langgraph.environment.calls import ArgumentCheck, kind_of_result
from awm_langgraph.environment.database import LiveDatabase
from awm_langgraph.environment.protocol import schema_of
from awm_langgraph.environment.runtime import Runtime
from awm_langgraph.environment.seed import build_database
from awm_langgraph.environment.session import McpSession
from awm_langgraph.environment.snapshots import SnapshotStore
from awm_langgraph.episode import CallKind, SeedProblem, ToolOutcome
from awm_langgraph.errors import EnvironmentLostError, SnapshotError

if TYPE_CHECKING:
    from langchain_core.tools import BaseTool
    from mcp.types import CallToolResult

CALL_SECONDS = 30.0
"""Longest time one call may take before our own clock ends it."""

SEED_PROBLEMS_FILE = "seed_problems.json"


class LocalEnvironment:
    """A live scenario in a folder of its own.

    Calls are made one at a time: SQLite has one writer, and the order of an episode's calls must be its record's order.
    """

    def __init__(
        self, scenario: Scenario, folder: Path, runtime: Runtime, *, call_seconds: float = CALL_SECONDS
    ) -> None:
        self._folder = folder
        self._database = LiveDatabase(folder / "live" / "scenario.db")
        self._session = McpSession(runtime, scenario, self._database.path, folder / "server.log")
        self._scenario = scenario
        self._snapshots = SnapshotStore(folder / "snapshots")
        self._call_seconds = call_seconds
        self._turn = asyncio.Lock()
        self._mark = b""
        self._snapshot = ""
        self._seed_problems: tuple[SeedProblem, ...] = ()
        self._check = ArgumentCheck({})

    @property
    def tools(self) -> Sequence[BaseTool]:
        """The scenario's tools as loaded over MCP."""
        return self._session.tools

    @property
    def snapshot(self) -> str:
        """Name of the database as it is now."""
        return self._snapshot

    @property
    def seed_problems(self) -> tuple[SeedProblem, ...]:
        """Seed rows that SQLite refused when this episode's database was built."""
        return self._seed_problems

    @property
    def pid(self) -> int:
        """Process id of the scenario's server."""
        return self._session.pid

    @property
    def is_alive(self) -> bool:
        """Tell whether the server can still be called."""
        return self._session.is_alive

    async def open(self, snapshot: str | None, *, strict_seed: bool = False) -> None:
        """Lay the database down, from a snapshot or from the seed, and start the server over it.

        Raises:
            EnvironmentBuildError: the database or the server cannot be made.
            SnapshotError: the snapshot is missing or damaged.
        """
        await asyncio.to_thread(self._lay_down, snapshot, strict_seed)
        try:
            await self._session.open()
            await asyncio.to_thread(self._take_snapshot)
        except BaseException:
            await asyncio.shield(self.close())
            raise
        self._check = ArgumentCheck({tool.name: schema_of(tool) for tool in self.tools})

    async def call(self, name: str, arguments: dict[str, Any]) -> ToolOutcome:
        """Make one call; see ``Environment.call``."""
        began = time.perf_counter()
        async with self._turn:
            kind, text, status = await self._answer(name, arguments)
            before = self._snapshot
            if kind not in ("tool_not_found", "invalid_args") or status is not None:
                try:
                    await self._follow_database()
                except SnapshotError as error:
                    kind, text = "environment_error", str(error)
        return ToolOutcome(
            name=name,
            arguments=arguments,
            kind=kind,
            text=text,
            status=status,
            changed=self._snapshot != before,
            snapshot=self._snapshot,
            latency_seconds=time.perf_counter() - began,
        )

    async def close(self) -> None:
        """End the server and drop the live files; snapshots stay."""
        await self._session.close()
        await asyncio.to_thread(shutil.rmtree, self._database.path.parent, ignore_errors=True)

    async def _answer(self, name: str, arguments: dict[str, Any]) -> tuple[CallKind, str, int | None]:
        if not self._check.knows(name):
            return "tool_not_found", f"Unknown tool: {name}", None
        complaint = self._check.complaint(name, arguments)
        if complaint:
            return "invalid_args", complaint, None
        try:
            result = await self._session.call(name, arguments, self._call_seconds)
        except TimeoutError:
            # what the server is still doing is unknown: the next call gets an environment at the last snapshot
            await self._session.close()
            return "timeout", f"Error: {name} did not answer within {self._call_seconds:g} seconds", None
        except EnvironmentLostError as error:
            return "environment_error", f"Error: {error}", None
        meta = result.meta or {}
        return kind_of_result(result.isError, meta), _text_of(result), meta.get("awm-langgraph/status")

    async def _follow_database(self) -> None:
        mark = await asyncio.to_thread(self._database.change_mark)
        if mark != self._mark and self.is_alive:
            await asyncio.to_thread(self._take_snapshot)

    def _take_snapshot(self) -> None:
        self._mark = self._database.change_mark()
        self._snapshot = self._snapshots.put(self._database.read_image())

    def _lay_down(self, snapshot: str | None, strict_seed: bool) -> None:
        self._database.path.parent.mkdir(parents=True, exist_ok=True)
        if snapshot is not None:
            self._database.write_image(self._snapshots.get(snapshot))
            self._seed_problems = _read_problems(self._folder)
            return
        seed = build_database(self._scenario, strict_seed=strict_seed)
        self._database.write_image(seed.image)
        self._seed_problems = seed.problems
        _write_problems(self._folder, seed.problems)


def _text_of(result: CallToolResult) -> str:
    """Flatten MCP content to text: many OpenAI-compatible servers refuse lists in a tool message."""
    return "\n".join(part.text if part.type == "text" else f"[{part.type}]" for part in result.content)


def _write_problems(folder: Path, problems: tuple[SeedProblem, ...]) -> None:
    if problems:
        text = json.dumps([problem.model_dump() for problem in problems], indent=1)
        (folder / SEED_PROBLEMS_FILE).write_text(text)


def _read_problems(folder: Path) -> tuple[SeedProblem, ...]:
    try:
        text = (folder / SEED_PROBLEMS_FILE).read_text()
    except FileNotFoundError:
        return ()
    return tuple(SeedProblem.model_validate(row) for row in json.loads(text))
