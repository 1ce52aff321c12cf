"""The spawn runtime: one interpreter and one HTTP server per environment. Works everywhere; takes seconds to start."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import socket
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from awm_langgraph.catalog.scenario import Scenario
from awm_langgraph.environment.runtime import Server
from awm_langgraph.sandbox import SandboxLevel, admit, held_folder, probe

_URL = "http://environment/mcp"
_READ_TIMEOUT_SECONDS = 300.0
_BACKLOG = 16
_PREFIX = "awm-spawn-"
_LONGEST_PLACE_BYTES = 70


class SpawnRuntime:
    """Starts each scenario server as a fresh interpreter that speaks MCP over HTTP on a private unix socket."""

    def __init__(self, level: SandboxLevel = "strict") -> None:
        self._level = level
        self.starts_at_once = os.cpu_count() or 1

    def live_folder(self, _scenario: Scenario, episode_folder: Path) -> Path:
        """Name a folder beside the episode's snapshots; see ``Runtime.live_folder``."""
        return episode_folder / "live"

    async def close(self) -> None:
        """Do nothing: servers share nothing."""

    @asynccontextmanager
    async def serve(self, scenario: Scenario, database: Path, log: Path) -> AsyncIterator[Server]:
        """Run the scenario's server until the context is left; see ``Runtime.serve``."""
        what = f"the server of {scenario.name}"
        admission = admit(self._level, probe(), is_ours=scenario.is_ours, what=what)
        import httpx
        from mcp.client.streamable_http import streamable_http_client

        from awm_langgraph.environment.spawn_transport import BoundedTransport

        async with _private_folder() as folder:
            address = f"{folder}/mcp.sock"
            process = await _start(scenario, admission.level, database, log, address)
            ended = asyncio.ensure_future(process.wait())
            transport = BoundedTransport(address, on_excess=lambda: _kill_group(process))
            try:
                async with (
                    httpx.AsyncClient(transport=transport, timeout=_READ_TIMEOUT_SECONDS) as client,
                    streamable_http_client(
                        "http://environment/mcp", http_client=client, terminate_on_close=False
                    ) as streams,
                ):
                    yield Server(
                        read=streams[0],
                        write=streams[1],
                        pid=process.pid,
                        ended=ended,
                        kill=lambda: _kill_group(process),
                    )
            finally:
                _kill_group(process)
                # not ``ended``: at the end of an event loop that is cancelled too
                await process.wait()


@asynccontextmanager
async def _private_folder() -> AsyncIterator[str]:
    folder, lock = await asyncio.to_thread(_make_private_folder)
    try:
        yield folder
    finally:
        await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)
        os.close(lock)


def _make_private_folder() -> tuple[str, int]:
    """Make a folder, hold it, and remove those of runners that were killed."""
    # a socket's address has about a hundred bytes, and a folder for temporary files may be a long way down
    usual = tempfile.gettempdir()
    place = usual if len(os.fsencode(usual)) <= _LONGEST_PLACE_BYTES else "/tmp"
    held_folder.sweep(Path(place), _PREFIX)
    folder = tempfile.mkdtemp(prefix=_PREFIX, dir=place)
    return folder, held_folder.hold(Path(folder))


async def _start(
    scenario: Scenario, level: SandboxLevel, database: Path, log: Path, address: str
) -> asyncio.subprocess.Process:
    """Bind the socket here and hand it over: no port is ever picked by one process and bound by another."""
    with socket.socket(socket.AF_UNIX) as listener, await asyncio.to_thread(log.open, "ab") as output:
        listener.bind(address)
        listener.listen(_BACKLOG)
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-I",
            "-m",
            "awm_langgraph.environment.spawned",
            str(listener.fileno()),
            level,
            str(os.getpid()),
            stdin=asyncio.subprocess.PIPE,
            stdout=output,
            stderr=output,
            # its name in the working folder: a path may have characters that mean something else in a URL
            env={"DATABASE_PATH": f"sqlite:///{database.name}", "LANG": "C.UTF-8", "SQLITE_TMPDIR": "."},
            cwd=database.parent,
            pass_fds=(listener.fileno(),),
            start_new_session=True,
        )
    assert process.stdin is not None
    process.stdin.write(scenario.code.encode())
    process.stdin.close()
    return process


def _kill_group(process: asyncio.subprocess.Process) -> None:
    if process.returncode is None:
        try:
            os.killpg(process.pid, signal.SIGKILL)
        except ProcessLookupError:
            return
