"""An environment on this machine: a database file, a scenario server in a child process, an MCP session."""

from __future__ import annotations

import asyncio
import json
import logging
import shutil
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from awm_langgraph.catalog.scenario import Scenario
from awm_langgraph.environment.calls import kind_of_result, status_of
from awm_langgraph.environment.database import LiveDatabase
from awm_langgraph.environment.runtime import Runtime
from awm_langgraph.environment.session import McpSession
from awm_langgraph.environment.snapshots import BUDGET_BYTES, SnapshotStore
from awm_langgraph.environment.templates import TEMPLATES, SeedTemplate
from awm_langgraph.episode import CallKind, SeedProblem, ToolOutcome
from awm_langgraph.errors import EnvironmentBuildError, EnvironmentLostError, EpisodeError, SnapshotError

if TYPE_CHECKING:
    from langchain_core.tools import BaseTool
    from mcp.types import CallToolResult

CALL_SECONDS = 30.0
"""Longest time one call may take before our own clock ends it."""

_UNANSWERED: frozenset[CallKind] = frozenset({"tool_not_found", "invalid_args", "timeout", "environment_error"})
"""What a call ends as when its server said nothing, or was not asked."""

SEED_PROBLEMS_FILE = "seed_problems.json"

_log = logging.getLogger(__name__)


class LocalEnvironment:
    """A live scenario in a folder of its own.

    Calls are made one at a time: SQLite has one writer, and the order of an episode's calls must be its record's order.
    """

    def __init__(
        self,
        scenario: Scenario,
        folder: Path,
        runtime: Runtime,
        *,
        live_parent: Path | None = None,
        shared: Path | None = None,
        call_seconds: float = CALL_SECONDS,
        snapshot_bytes: int = BUDGET_BYTES,
        on_revival: Callable[[float], None] = lambda _: None,
    ) -> None:
        """Make an environment whose records are kept in ``folder``; nothing is touched before ``open``.

        ``live_parent`` is where the runtime may put the live database instead, so that the records can move; ``shared``
        a folder for snapshots that several episodes have, ``snapshot_bytes`` what its own may use on disk.
        ``on_revival`` hears of each server that died in a call and was replaced, and how many seconds that took.
        """
        self._folder = folder
        self._runtime = runtime
        self._database = LiveDatabase(runtime.live_folder(scenario, live_parent or folder) / "scenario.db")
        self._scenario = scenario
        self._session = self._new_session()
        self._shared = shared
        self._snapshot_bytes = snapshot_bytes
        self._snapshots = self._store_in(folder)
        self._call_seconds = call_seconds
        self._on_revival = on_revival
        self._turn = asyncio.Lock()
        self._mark = b""
        self._snapshot = ""
        self._seed_problems: tuple[SeedProblem, ...] = ()
        self._template: SeedTemplate | None = None
        self._is_closed = False

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
    def template(self) -> SeedTemplate | None:
        """The seed that this episode's database was made from, where that was here."""
        return self._template

    @property
    def pid(self) -> int:
        """Process id of the scenario's server."""
        return self._session.pid

    @property
    def is_alive(self) -> bool:
        """Tell whether the server can still be called."""
        return self._session.is_alive

    async def open(self, snapshot: str | None, *, find_template: Callable[[], SeedTemplate] | None = None) -> None:
        """Lay the database down, from a snapshot or from the seed, and start the server over it.

        ``find_template`` answers, in a thread, the seed to start from; without it that is the process's own.

        Raises:
            EnvironmentBuildError: the database or the server cannot be made.
            SnapshotError: the snapshot is missing or damaged.
        """
        laying_down = asyncio.ensure_future(asyncio.to_thread(self._lay_down, snapshot, find_template))
        try:
            await asyncio.shield(laying_down)
            if self._is_closed:
                raise EnvironmentLostError("the environment was closed")
            await self._session.open()
            if self._session.may_have_written:
                await self._follow_database()
        except BaseException:
            # a thread cannot be called off: files that it writes after they were dropped would stay
            await asyncio.wait({laying_down})
            await asyncio.shield(self.close())
            raise

    async def call(self, name: str, arguments: dict[str, Any]) -> ToolOutcome:
        """Make one call; see ``Environment.call``."""
        began = time.perf_counter()
        async with self._turn:
            before = self._snapshot
            try:
                kind, text, status = await self._answer(name, arguments)
                if kind not in _UNANSWERED or status is not None:
                    await self._follow_database()
            except asyncio.CancelledError:
                # what the server is still doing is unknown
                await asyncio.shield(self._session.close())
                raise
            except SnapshotError as error:
                # the database is ahead of its last snapshot, which is the truth
                await self._session.close()
                kind, text, status = "environment_error", str(error), None
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

    async def move_to(self, folder: Path) -> bool:
        """Keep the records in another folder from now on, if that is new or empty; tell whether it was done.

        The live database stays where it is.
        """
        return await asyncio.to_thread(self._move_to, folder)

    async def close(self) -> None:
        """End the server and drop the live files; snapshots stay."""
        self._is_closed = True
        await self._session.close()
        await asyncio.to_thread(self._drop_live_files)

    def bury(self) -> None:
        """Do what ``close`` does where there is no event loop any more: kill the server, drop the live files."""
        self._is_closed = True
        self._session.kill()
        self._drop_live_files()

    def _drop_live_files(self) -> None:
        shutil.rmtree(self._database.path.parent, ignore_errors=True)

    def _move_to(self, folder: Path) -> bool:
        try:
            self._folder.rename(folder)
        except OSError:
            return False
        self._folder = folder
        self._snapshots = self._store_in(folder)
        return True

    def _new_session(self) -> McpSession:
        return McpSession(self._runtime, self._scenario, self._database.path, self._folder / "server.log")

    def _store_in(self, folder: Path) -> SnapshotStore:
        return SnapshotStore(folder / "snapshots", shared=self._shared, budget_bytes=self._snapshot_bytes)

    async def _answer(self, name: str, arguments: dict[str, Any]) -> tuple[CallKind, str, int | None]:
        if not self._session.knows(name):
            return "tool_not_found", f"Unknown tool: {name}", None
        try:
            result = await self._ask(name, arguments)
        except TimeoutError:
            # what the server is still doing is unknown: the next call gets an environment at the last snapshot
            await self._session.close()
            return "timeout", f"Error: {name} did not answer within {self._call_seconds:g} seconds", None
        except EnvironmentLostError as error:
            # how far it came is unknown, alive or not
            await self._session.close()
            return "environment_error", f"Error: {error}", None
        meta = result.meta or {}
        kind, status = kind_of_result(result.isError, meta), status_of(meta)
        if kind == "server_error" and not await asyncio.to_thread(self._database.has_room):
            # most likely its own, and none of the agent's doing: what is half done goes with the server
            await self._session.close()
            # now, not when somebody gets to it: the others write to the same disk
            await asyncio.to_thread(self._drop_live_files)
            return "environment_error", "Error: the disk of the live databases is full", None
        return kind, _text_of(result), status

    async def _ask(self, name: str, arguments: dict[str, Any]) -> CallToolResult:
        """Call a tool; one that only reads is called again, of a new server, where its own is dead or dies over it."""
        session = self._session
        try:
            return await session.call(name, arguments, self._call_seconds)
        except EnvironmentLostError as error:
            if self._is_closed or not session.only_reads(name):
                raise
            _log.warning("scenario %s: %s; %s only reads and is called again", self._scenario.name, error, name)
        await self._start_again()
        return await self._session.call(name, arguments, self._call_seconds)

    async def _start_again(self) -> None:
        """Replace a server that died by a new one at the last snapshot.

        Raises:
            EnvironmentLostError: that fails.
        """
        began = time.perf_counter()
        await self._session.close()
        await asyncio.to_thread(self._drop_live_files)
        self._session = self._new_session()
        try:
            await self.open(self._snapshot)
        except EpisodeError as error:
            raise EnvironmentLostError(f"the environment could not be started again: {error}") from error
        self._on_revival(time.perf_counter() - began)

    async def _follow_database(self) -> None:
        # most calls change nothing, and that is seen in less time than a thread takes to be asked
        if not (self._database.is_still_at(self._mark) and self._snapshots.has(self._snapshot)):
            await asyncio.to_thread(self._follow)

    def _follow(self) -> None:
        """Take a snapshot if the database moved on, or if its last one was taken away."""
        if self._database.change_mark() != self._mark or not self._snapshots.has(self._snapshot):
            reading = self._database.read()
            self._snapshot = self._snapshots.put(reading.image)
            self._mark = reading.mark

    def _lay_down(self, snapshot: str | None, find_template: Callable[[], SeedTemplate] | None) -> None:
        if snapshot is not None:
            self._database.write_image(self._snapshots.get(snapshot))
            self._snapshot = snapshot
            self._seed_problems = _read_problems(self._folder)
        else:
            template = self._template = find_template() if find_template else TEMPLATES.get(self._scenario)
            self._database.write_image(template.seed.image)
            self._snapshot = self._snapshots.keep(template.packed, is_shared=True)
            self._seed_problems = template.seed.problems
            _write_problems(self._folder, template.seed.problems)
        self._mark = self._database.change_mark()


def _text_of(result: CallToolResult) -> str:
    """Flatten MCP content to text: many OpenAI-compatible servers refuse lists in a tool message."""
    return "\n".join(part.text if part.type == "text" else f"[{part.type}]" for part in result.content)


def _write_problems(folder: Path, problems: tuple[SeedProblem, ...]) -> None:
    if problems:
        text = json.dumps([problem.model_dump() for problem in problems], indent=1)
        path = folder / SEED_PROBLEMS_FILE
        try:
            path.write_text(text)
        except OSError as error:
            raise EnvironmentBuildError(f"the seed problems cannot be written to {path}: {error.strerror}") from error


def _read_problems(folder: Path) -> tuple[SeedProblem, ...]:
    path = folder / SEED_PROBLEMS_FILE
    try:
        return tuple(SeedProblem.model_validate(row) for row in json.loads(path.read_text()))
    except FileNotFoundError:
        return ()
    except (OSError, ValueError, TypeError) as error:
        raise SnapshotError(f"the seed problems in {path} cannot be read: {error}") from error
