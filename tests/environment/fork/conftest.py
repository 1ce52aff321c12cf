"""Environments of the fork runtime, and a scenario that misbehaves in every way there is a tool for."""

import asyncio
import os
import select
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from pathlib import Path
from typing import Protocol

import pytest

from awm_langgraph.catalog import Scenario, SeedStatement, Table
from awm_langgraph.environment.fork.interface import Interface, InterfaceCache
from awm_langgraph.environment.fork.runtime import ForkRuntime
from awm_langgraph.environment.local import LocalEnvironment

END_SECONDS = 60.0

NOTHING = Scenario(
    catalog="test",
    name="rogue",
    description="Misbehaves.",
    tables=(Table(name="things", ddl="CREATE TABLE things (id INTEGER PRIMARY KEY)"),),
    seed=(SeedStatement(table="things", sql="INSERT INTO things VALUES (1)"),),
    code="",
    tasks=("Misbehave.",),
    fingerprint="2" * 64,
)


def with_code(code: str) -> Scenario:
    """Make a scenario of one table and this code."""
    return NOTHING.model_copy(update={"code": code, "fingerprint": f"{hash(code) & (1 << 256) - 1:064x}"})


@pytest.fixture
def rogue() -> Scenario:
    return with_code(Path(__file__).with_name("rogue.txt").read_text())


@pytest.fixture(scope="session")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(scope="session")
def runtime(cache: Path) -> Iterator[ForkRuntime]:
    runtime = ForkRuntime(cache=cache)
    yield runtime
    asyncio.run(runtime.close())


class Opened(Protocol):
    """Opens a scenario in a folder of its own for as long as a context lasts."""

    def __call__(
        self, scenario: Scenario, *, call_seconds: float = ...
    ) -> AbstractAsyncContextManager[LocalEnvironment]: ...


async def until_tried(scenario: Scenario, cache: Path, environment: LocalEnvironment) -> Interface:
    """Make pings until a scenario's tools have been tried."""
    interfaces = InterfaceCache(cache)
    async with asyncio.timeout(END_SECONDS):
        while (kept := interfaces.read(scenario)) is None or kept.rehearsal is None:
            assert (await environment.call("ping", {})).kind == "ok"
    return kept


def ended(pid: int, seconds: float = END_SECONDS) -> bool:
    """Wait for a process to end, and tell whether it did in time."""
    try:
        handle = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    try:
        poll = select.poll()
        poll.register(handle, select.POLLIN)
        return bool(poll.poll(seconds * 1000))
    finally:
        os.close(handle)


def parent_of(pid: int) -> int:
    return int(Path("/proc", str(pid), "stat").read_text().rpartition(")")[2].split()[1])


def names_of(pids: Iterable[int]) -> dict[int, str]:
    """Read what ``ps`` calls the processes that are still there."""
    names = {}
    for pid in pids:
        # it may end between two looks, and between opening the file and reading it
        with suppress(FileNotFoundError, ProcessLookupError):
            names[pid] = Path("/proc", str(pid), "comm").read_text().strip()
    return names


def parents() -> dict[int, int]:
    """Look up the parent of every process of this machine."""
    found = {}
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            with suppress(OSError):
                found[int(entry)] = parent_of(int(entry))
    return found


def children_of(pid: int) -> list[int]:
    return [child for child, parent in parents().items() if parent == pid]


def descendants_of(pid: int) -> list[int]:
    pairs = parents().items()
    found = [pid]
    for one in found:
        found += [child for child, parent in pairs if parent == one]
    return found[1:]


@pytest.fixture
def opened(runtime: ForkRuntime, tmp_path: Path) -> Opened:
    numbers = iter(range(1000))

    @asynccontextmanager
    async def opening(scenario: Scenario, *, call_seconds: float = 30.0) -> AsyncIterator[LocalEnvironment]:
        folder = tmp_path / f"episode{next(numbers)}"
        folder.mkdir()
        environment = LocalEnvironment(scenario, folder, runtime, call_seconds=call_seconds)
        await environment.open(None)
        try:
            yield environment
        finally:
            await environment.close()

    return opening
