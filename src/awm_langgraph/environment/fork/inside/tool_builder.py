"""A tool builder: lists a scenario's tools with the real fastapi-mcp, and finds out how the scenario may be forked.

It answers in two lines of JSON. The second one follows after the scenario's tools were tried, one of which may have
ended the process.
"""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from awm_langgraph.environment.fork.briefing import Briefing
from awm_langgraph.environment.fork.inside.application import Application, has_startup
from awm_langgraph.environment.fork.inside.arguments import ArgumentCheck, faults_of, schemas_of
from awm_langgraph.environment.fork.inside.child import Child
from awm_langgraph.environment.fork.inside.forking import enter, fall_silent
from awm_langgraph.environment.fork.inside.loaded import Loaded
from awm_langgraph.environment.fork.inside.purity import LoadWatch, is_open
from awm_langgraph.environment.fork.inside.rehearsal import Call
from awm_langgraph.environment.fork.inside.request import operations_of
from awm_langgraph.environment.fork.inside.trial import rehearsal_of
from awm_langgraph.sandbox import confine, scenario_policy

if TYPE_CHECKING:
    from fastapi_mcp import FastApiMCP

_LOCATIONS = ("path", "query", "header")
_TOLD = ("name", "description", "inputSchema")


def run(control: socket.socket, briefing: Briefing, answer: int) -> None:
    """Describe a scenario, into the file ``answer``."""
    # for the builder alone: megabytes that no zygote needs
    from fastapi_mcp import FastApiMCP

    confine(scenario_policy(briefing.territory), briefing.level, keep=(control.fileno(), answer))
    enter(briefing.scratch.parent)
    watch = LoadWatch(briefing.scratch)
    with watch:
        loaded = Loaded(briefing.code, briefing.scratch)
    server = FastApiMCP(loaded.app)
    description = _description_of(server)
    finding = watch.finding(loaded.module)
    _write(answer, {**description, "why_loaded_each_time": finding, "has_startup": has_startup(loaded.app)})
    control.send(b"described")
    fall_silent()
    rehearsal = [] if finding else _rehearsal(loaded, description)
    _write(answer, {"rehearsal": [] if is_open(briefing.scratch) else rehearsal})
    control.send(b"rehearsed")


def _write(descriptor: int, answer: dict[str, Any]) -> None:
    data = json.dumps(answer).encode() + b"\n"
    while data:
        data = data[os.write(descriptor, data) :]


def _description_of(server: FastApiMCP) -> dict[str, Any]:
    from mcp import types

    options = server.server.create_initialization_options()
    initialized = types.InitializeResult(
        protocolVersion=types.LATEST_PROTOCOL_VERSION,
        capabilities=options.capabilities,
        serverInfo=types.Implementation(name=options.server_name, version=options.server_version),
        instructions=options.instructions,
    )
    listed = [tool.model_dump(mode="json", by_alias=True, exclude_none=True) for tool in server.tools]
    return {
        "initialize": initialized.model_dump(mode="json", by_alias=True, exclude_none=True),
        "tools": {"tools": [{name: tool[name] for name in _TOLD if name in tool} for tool in listed]},
        "operations": {name: _described(operation) for name, operation in server.operation_map.items()},
        "refused": faults_of(schemas_of({"tools": listed})),
    }


def _described(operation: Mapping[str, Any]) -> list[Any]:
    names = [
        [parameter["name"] for parameter in operation["parameters"] if parameter["in"] == location]
        for location in _LOCATIONS
    ]
    return [operation["method"].upper(), operation["path"], *names]


def _rehearsal(loaded: Loaded, description: Mapping[str, Any]) -> list[Call]:
    operations = operations_of(description["operations"])
    check = ArgumentCheck(schemas_of(description["tools"]), description["refused"])
    return rehearsal_of(loaded, description, lambda: Child(Application(loaded.app), operations, check))
