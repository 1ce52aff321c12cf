"""A real environment: a real server in a child process, real MCP, real SQLite."""

import asyncio
import os
import signal
import sqlite3
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, closing
from pathlib import Path

import pytest
from tests.environment.conftest import QuickRuntime

from awm_langgraph.catalog.scenario import Scenario, SeedStatement
from awm_langgraph.environment.fork.runtime import ForkRuntime
from awm_langgraph.environment.local import LocalEnvironment
from awm_langgraph.environment.runtime import Runtime
from awm_langgraph.environment.snapshots import SnapshotStore
from awm_langgraph.environment.spawn import SpawnRuntime
from awm_langgraph.episode import ToolOutcome
from awm_langgraph.errors import EnvironmentBuildError, SnapshotError

Opening = Callable[..., AbstractAsyncContextManager[LocalEnvironment]]


@pytest.fixture(scope="module", params=["spawn", "fork"])
def runtime(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Runtime]:
    runtime = SpawnRuntime() if request.param == "spawn" else ForkRuntime(cache=tmp_path_factory.mktemp("cache"))
    yield runtime
    asyncio.run(runtime.close())


@pytest.fixture
def opened(runtime: Runtime) -> Opening:
    @asynccontextmanager
    async def opening(
        scenario: Scenario, folder: Path, snapshot: str | None = None, *, call_seconds: float = 30.0
    ) -> AsyncIterator[LocalEnvironment]:
        environment = LocalEnvironment(scenario, folder, runtime, call_seconds=call_seconds)
        await environment.open(snapshot)
        try:
            yield environment
        finally:
            await environment.close()

    return opening


def texts(folder: Path, snapshot: str) -> list[str]:
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.deserialize(SnapshotStore(folder / "snapshots").get(snapshot))
        return [text for (text,) in connection.execute("SELECT text FROM notes ORDER BY id")]


async def test_calls_are_answered_classified_and_followed_by_snapshots(
    opened: Opening, notes: Scenario, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWM_AGENT_API_KEY", "sk-secret")
    async with opened(notes, tmp_path) as environment:
        assert [tool.name for tool in environment.tools][:2] == ["list_notes", "add_note"]
        initial = environment.snapshot

        async def call(name: str, **arguments: object) -> ToolOutcome:
            return await environment.call(name, arguments)

        read = await call("list_notes")
        assert (read.kind, read.status, read.changed, read.snapshot) == ("ok", 200, False, initial)

        added = await call("add_note", text="three")
        assert (added.kind, added.changed) == ("ok", True)
        assert added.snapshot == environment.snapshot != initial
        assert texts(tmp_path, added.snapshot) == ["one", "two", "three"]
        assert texts(tmp_path, initial) == ["one", "two"]

        dropped = await call("drop_note", note_id=3)
        assert (dropped.kind, dropped.changed, dropped.text) == ("ok", True, "")
        untouched = await call("drop_note", note_id=99)
        assert (untouched.kind, untouched.changed) == ("ok", False)

        for name in ("verify", "done", "__list_scenarios__", "list_tools"):
            assert (await call(name)).kind == "tool_not_found"
        assert (await call("get_note", note_id="1")).kind == "invalid_args"
        assert (await call("get_note")).kind == "invalid_args"
        refused = await call("get_note", note_id=10**30)
        assert (refused.kind, refused.status) in {("invalid_args", 422), ("server_error", 500)}
        missing = await call("get_parameter", status=404)
        assert (missing.kind, missing.status) == ("rejected", 404)
        assert (await call("get_parameter", status=422)).kind == "rejected"
        assert (await call("get_note", note_id=99)).kind == "server_error"

        echoed = await call("echo_runtime", runtime="agent's own", config="c")
        assert echoed.kind == "ok"
        assert "agent's own" in echoed.text
        assert "sk-secret" not in echoed.text

        half = await call("write_half")
        assert (half.kind, half.changed) == ("server_error", False)
        # every failing look-up leaks a connection; sixty of them exhaust a pool that nobody empties
        for _ in range(60):
            assert (await call("get_note", note_id=99)).kind == "server_error"
        assert (await call("get_note", note_id=1)).kind == "ok"
    assert not (tmp_path / "live").exists()


async def test_a_server_that_dies_inside_a_transaction_leaves_no_trace_in_the_snapshot(
    opened: Opening, notes: Scenario, tmp_path: Path
) -> None:
    async with opened(notes, tmp_path) as environment:
        before = environment.snapshot
        died = await environment.call("write_and_die", {})
        assert died.kind == "environment_error"
        assert died.snapshot == before
        assert not environment.is_alive
        assert (await environment.call("add_note", {"text": "lost"})).kind == "environment_error"
        async with opened(notes, tmp_path, before) as revived:
            answer = await revived.call("list_notes", {})
            assert (answer.kind, answer.snapshot) == ("ok", before)
            assert "never" not in answer.text


async def test_a_call_that_hangs_is_ended_by_our_clock(opened: Opening, notes: Scenario, tmp_path: Path) -> None:
    async with opened(notes, tmp_path, call_seconds=0.5) as environment:
        hung = await environment.call("hang", {})
        assert hung.kind == "timeout"
        assert hung.is_infrastructure


async def test_a_server_killed_between_calls_is_noticed(opened: Opening, notes: Scenario, tmp_path: Path) -> None:
    async with opened(notes, tmp_path) as environment:
        os.kill(environment.pid, signal.SIGKILL)
        assert (await environment.call("add_note", {"text": "lost"})).kind == "environment_error"


async def test_code_that_does_not_start_is_told_with_the_logs_last_line(
    opened: Opening, notes: Scenario, tmp_path: Path
) -> None:
    broken = notes.model_copy(update={"code": "raise RuntimeError('no such module: warp')"})
    with pytest.raises(EnvironmentBuildError, match="no such module: warp"):
        async with opened(broken, tmp_path):
            raise AssertionError("it must not open")


async def test_seed_problems_are_kept_with_the_episode(opened: Opening, notes: Scenario, tmp_path: Path) -> None:
    bad = SeedStatement(table="notes", sql="INSERT INTO notes (words) VALUES ('x')")
    scenario = notes.model_copy(update={"seed": (*notes.seed, bad), "fingerprint": "1" * 64})
    async with opened(scenario, tmp_path) as environment:
        assert [problem.statement for problem in environment.seed_problems] == [bad.sql]
    async with opened(scenario, tmp_path, environment.snapshot) as revived:
        assert revived.seed_problems == environment.seed_problems


FOREIGN_SCHEMA = """
import fastapi_mcp.server
convert = fastapi_mcp.server.convert_openapi_to_mcp_tools

def convert_and_spoil(*args, **options):
    tools, operations = convert(*args, **options)
    tools[0].inputSchema["properties"]["limit"] = {"$ref": "http://127.0.0.1:9/leak"}
    return tools, operations

fastapi_mcp.server.convert_openapi_to_mcp_tools = convert_and_spoil
"""


async def test_a_tool_whose_schema_points_outside_is_refused_by_name(
    opened: Opening, notes: Scenario, tmp_path: Path
) -> None:
    scenario = notes.model_copy(update={"code": notes.code + FOREIGN_SCHEMA, "fingerprint": "3" * 64})
    with pytest.raises(EnvironmentBuildError, match="tool list_notes cannot be used: it refers to http://127"):
        async with opened(scenario, tmp_path):
            raise AssertionError("it must not open")


async def test_folders_may_have_any_name(
    opened: Opening, notes: Scenario, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for_temporary_files = tmp_path / ("long" * 30)
    for_temporary_files.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(for_temporary_files))
    folder = tmp_path / "we?ird a#b%20c"
    async with opened(notes, folder) as environment:
        added = await environment.call("add_note", {"text": "three"})
        assert (added.kind, added.changed) == ("ok", True)


async def test_seed_problems_that_cannot_be_kept_or_read_are_the_environments_error(
    notes: Scenario, quick: QuickRuntime, tmp_path: Path
) -> None:
    bad = SeedStatement(table="notes", sql="INSERT INTO notes (words) VALUES ('x')")
    scenario = notes.model_copy(update={"seed": (*notes.seed, bad), "fingerprint": "1" * 64})
    kept = tmp_path / "seed_problems.json"
    kept.mkdir()
    with pytest.raises(EnvironmentBuildError, match=r"cannot be written to .*/seed_problems\.json: Is a directory"):
        await LocalEnvironment(scenario, tmp_path, quick).open(None)
    kept.rmdir()
    environment = LocalEnvironment(scenario, tmp_path, quick)
    await environment.open(None)
    await environment.close()
    kept.write_text("[{")
    with pytest.raises(SnapshotError, match=r"/seed_problems\.json cannot be read"):
        await LocalEnvironment(scenario, tmp_path, quick).open(environment.snapshot)
