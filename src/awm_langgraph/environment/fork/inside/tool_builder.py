"""A tool builder: lists a scenario's tools with the real fastapi-mcp, and finds out how the scenario may be forked.

It answers in two lines of JSON. The second one follows after the scenario's reading tools were tried, one of which may
have ended the process.
"""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from awm_langgraph.environment.fork.briefing import Briefing
from awm_langgraph.environment.fork.inside.application import has_startup
from awm_langgraph.environment.fork.inside.arguments import faults_of
from awm_langgraph.environment.fork.inside.loaded import Loaded
from awm_langgraph.environment.fork.inside.purity import LoadWatch, is_open, memory_of
from awm_langgraph.environment.fork.inside.request import operations_of
from awm_langgraph.sandbox import confine, scenario_policy

if TYPE_CHECKING:
    from fastapi_mcp import FastApiMCP

_LOCATIONS = ("path", "query", "header")
_TOLD = ("name", "description", "inputSchema")
_EXAMPLES: Mapping[str, Any] = {"integer": 1, "number": 1.0, "boolean": True, "array": [], "object": {}}


def run(control: socket.socket, briefing: Briefing, answer: int) -> None:
    """Describe a scenario, into the file ``answer``."""
    # for the builder alone: megabytes that no zygote needs
    from fastapi_mcp import FastApiMCP

    confine(scenario_policy(briefing.territory), briefing.level, keep=(control.fileno(), answer))
    os.chdir(briefing.scratch.parent)
    watch = LoadWatch(briefing.scratch)
    loaded = Loaded(briefing.code, briefing.scratch)
    server = FastApiMCP(loaded.app)
    description = _description_of(server)
    finding = watch.finding(loaded.module)
    _write(answer, {**description, "why_loaded_each_time": finding, "has_startup": has_startup(loaded.app)})
    control.send(b"described")
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
        "refused": faults_of({tool["name"]: tool["inputSchema"] for tool in listed}),
    }


def _described(operation: Mapping[str, Any]) -> list[Any]:
    names = [
        [parameter["name"] for parameter in operation["parameters"] if parameter["in"] == location]
        for location in _LOCATIONS
    ]
    return [operation["method"].upper(), operation["path"], *names]


def _rehearsal(loaded: Loaded, description: Mapping[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    """Try the reading tools, and answer the calls that may be made before a fork: quick ones that leave no memory."""
    operations = operations_of(description["operations"])
    before = memory_of(loaded.module)
    calls = [call for call in _reading_calls(description) if loaded.is_quick(operations[call[0]], call[1])]
    return calls if memory_of(loaded.module) == before else []


def _reading_calls(description: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for tool in description["tools"]["tools"]:
        if description["operations"][tool["name"]][0] == "GET":
            schema = tool["inputSchema"]
            properties = schema.get("properties", {})
            yield tool["name"], {name: _example(properties[name]) for name in schema.get("required", ())}


def _example(schema: Mapping[str, Any]) -> Any:
    if schema.get("enum"):
        return schema["enum"][0]
    return _EXAMPLES.get(schema.get("type", "string"), "a")
