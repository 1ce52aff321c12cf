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

_ANY_BYTES = 2**40


class Child:
    """A scenario's server: what of it needs the application. The runner's side answers the rest from the tool list."""

    def __init__(self, application: Application, operations: Mapping[str, Operation], check: ArgumentCheck) -> None:
        self._application = application
        self._operations = operations
        self._check = check

    def serve(self, stream: socket.socket) -> None:
        """Answer until the runner closes its end."""
        # an episode that is never called, or not yet, need not pay for an event loop
        if stream.recv(1, socket.MSG_PEEK):
            asyncio.new_event_loop().run_until_complete(self._listen(stream))

    def start_and_serve(self, stream: socket.socket) -> None:
        """Run the application's startup, say so, and answer until the runner closes its end.

        Raises:
            StartupError: the startup failed.
        """
        asyncio.new_event_loop().run_until_complete(self._start_and_listen(stream))

    async def answer(self, line: bytes) -> bytes:
        """Make one call, given and answered as a line of JSON."""
        call = json.loads(line)
        # a call of nothing is a ping
        result = await self._call(call["name"], call["arguments"]) if call["name"] is not None else {}
        return json.dumps({"jsonrpc": "2.0", "id": call["id"], "result": result}).encode() + b"\n"

    async def _start_and_listen(self, stream: socket.socket) -> None:
        await self._application.start()
        stream.send(READY)
        await self._listen(stream)

    async def _listen(self, stream: socket.socket) -> None:
        stream.setblocking(False)
        reader, writer = await asyncio.open_unix_connection(sock=stream, limit=_ANY_BYTES)
        while line := await reader.readline():
            writer.write(await self.answer(line))
            await writer.drain()

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
