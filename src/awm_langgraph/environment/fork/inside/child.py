"""An episode's child: answers the runner's calls over a socket pair, one after the other."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import Mapping
from typing import Any

from awm_langgraph.environment.fork.inside.answer import Result, failure_of, refusal_of, result_of
from awm_langgraph.environment.fork.inside.application import Application
from awm_langgraph.environment.fork.inside.arguments import ArgumentCheck
from awm_langgraph.environment.fork.inside.request import Operation, request_for

READY = b"ready\n"
"""What a child says that executed code of the scenario at its start, when that is done."""

_CHUNK_BYTES = 65536


class Child:
    """A scenario's server: what of it needs the application. The runner's side answers the rest from the tool list."""

    def __init__(self, application: Application, operations: Mapping[str, Operation], check: ArgumentCheck) -> None:
        self._application = application
        self._operations = operations
        self._check = check

    def serve(self, stream: socket.socket) -> None:
        """Answer until the runner closes its end."""
        # an episode that is never called, or not yet, need not pay for an event loop
        first = stream.recv(_CHUNK_BYTES)
        if first:
            asyncio.new_event_loop().run_until_complete(self._listen(stream, first))

    def start_and_serve(self, stream: socket.socket) -> None:
        """Run the application's startup, say so, and answer until the runner closes its end.

        Raises:
            StartupError: the startup failed.
        """
        asyncio.new_event_loop().run_until_complete(self._start_and_listen(stream))

    async def _start_and_listen(self, stream: socket.socket) -> None:
        await self._application.start()
        stream.send(READY)
        await self._listen(stream, b"")

    async def _listen(self, stream: socket.socket, unread: bytes) -> None:
        stream.setblocking(False)
        loop = asyncio.get_running_loop()
        pending = bytearray(unread)
        while True:
            *lines, pending = pending.split(b"\n")
            for line in lines:
                call = json.loads(line)
                # a call of nothing is a ping
                result = await self._call(call["name"], call["arguments"]) if call["name"] is not None else {}
                answer = {"jsonrpc": "2.0", "id": call["id"], "result": result}
                await loop.sock_sendall(stream, json.dumps(answer).encode() + b"\n")
            data = await loop.sock_recv(stream, _CHUNK_BYTES)
            if not data:
                return
            pending += data

    async def _call(self, tool: str, arguments: Mapping[str, Any]) -> Result:
        try:
            complaint = self._check.complaint(tool, arguments)
            if complaint:
                return refusal_of(complaint)
            request = request_for(self._operations[tool], arguments)
        except Exception as error:  # noqa: BLE001 - fastapi-mcp answers with whatever went wrong on the way
            return refusal_of(error)
        try:
            return result_of(tool, await self._application.call(request))
        except Exception as error:  # noqa: BLE001 - the same
            return failure_of(error)
