"""Below what calls and verdicts cannot fall here: ``python -m benchmarks.floors [--json]``.

Medians of 200, in one process, with nothing confined and nobody else's turn to wait for: the application that answers a
call without a server around it, a stock MCP client that is answered at once, a verifier compiled and run. A figure of
``benchmarks.environment`` of the same hour is to be read beside them: a tool call is the application's work and the
client's, a verdict at least the verifier's.
"""

from __future__ import annotations

import asyncio
import os
import tempfile
import time
from pathlib import Path
from typing import Any

from mcp import ClientSession
from mcp.shared.memory import create_client_server_memory_streams
from mcp.shared.message import SessionMessage
from mcp.types import ClientRequest, EmptyResult, JSONRPCMessage, JSONRPCResponse, PingRequest

from awm_langgraph.catalog import Catalog
from awm_langgraph.environment.fork.inside.application import Application
from awm_langgraph.environment.fork.inside.loaded import Loaded
from awm_langgraph.environment.fork.inside.request import Operation, request_for
from awm_langgraph.environment.seed import build_database
from awm_langgraph.sandbox.scratch import roomy_folder
from benchmarks.figures import Figures, figure, run
from benchmarks.servers import SCENARIO
from benchmarks.verifiers import alone

ROUNDS = 200
_WARM_UP = 20
_GET = Operation("GET", "/workflows/{workflow_id}", ("workflow_id",), (), ())
_CREATE = Operation("POST", "/tags", (), (), ())
_PING = ClientRequest(PingRequest())


def figures() -> Figures:
    """Measure each floor."""
    catalog = Catalog.open("bundled")
    scenario, source = catalog.scenario(SCENARIO), catalog.verifier(SCENARIO, 0)
    assert source is not None
    with tempfile.TemporaryDirectory(prefix="awm-bench-", dir=roomy_folder()) as folder:
        database = Path(folder, "scenario.db")
        database.write_bytes(build_database(scenario).image)
        os.chdir(folder)
        application = Application(Loaded(scenario.code, database).app)
        times = asyncio.run(_calls(application))
        verdicts = [alone(source, database, database) for _ in range(ROUNDS)]
        os.chdir("/")
    return {
        "the application's own work, reading": figure(times["read"], "ms"),
        "the application's own work, writing": figure(times["write"], "ms"),
        "a stock client's own work": figure(times["client"], "ms"),
        "the verifier's own work": figure(verdicts, "ms"),
    }


async def _calls(application: Application) -> dict[str, list[float]]:
    times: dict[str, list[float]] = {"read": [], "write": [], "client": []}
    async with create_client_server_memory_streams() as ((read, write), (asked, answers)), asyncio.TaskGroup() as group:
        answering = group.create_task(_answer(asked, answers))
        async with ClientSession(read, write) as session:
            for number in range(-_WARM_UP, ROUNDS):
                began = time.perf_counter()
                assert (await application.call(request_for(_GET, {"workflow_id": 1}))).status == 200
                read_at = time.perf_counter()
                assert (await application.call(request_for(_CREATE, {"name": f"tag{number}"}))).status < 300
                written_at = time.perf_counter()
                await session.send_request(_PING, EmptyResult)
                ended_at = time.perf_counter()
                if number >= 0:
                    times["read"].append((read_at - began) * 1e3)
                    times["write"].append((written_at - read_at) * 1e3)
                    times["client"].append((ended_at - written_at) * 1e3)
        answering.cancel()
    return times


async def _answer(asked: Any, answers: Any) -> None:
    """Answer every request at once, with nothing."""
    async for message in asked:
        response = JSONRPCResponse(jsonrpc="2.0", id=message.message.root.id, result={})
        await answers.send(SessionMessage(JSONRPCMessage(response)))


if __name__ == "__main__":
    run(figures, __doc__)
