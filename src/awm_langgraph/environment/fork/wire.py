"""MCP between a stock client session and an episode's child: newline-delimited JSON-RPC on a socket pair.

The child runs code that is not ours, so nothing it sends is taken for more than it is: one answer to each call, of one
form and a bounded length. Everything but calls and pings is answered here, from the scenario's interface.
"""

from __future__ import annotations

import asyncio
import json
import math
import re
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any, cast

import anyio
from anyio.abc import ObjectSendStream
from anyio.streams.memory import MemoryObjectReceiveStream, MemoryObjectSendStream
from mcp.shared.message import SessionMessage
from mcp.shared.version import SUPPORTED_PROTOCOL_VERSIONS
from mcp.types import (
    METHOD_NOT_FOUND,
    ErrorData,
    JSONRPCError,
    JSONRPCMessage,
    JSONRPCRequest,
    JSONRPCResponse,
)

from awm_langgraph.environment.fork.interface import Interface

Streams = tuple[MemoryObjectReceiveStream[SessionMessage | Exception], MemoryObjectSendStream[SessionMessage]]

MAX_ANSWER_BYTES = 16 * 1024 * 1024
"""Longest answer that a child may give; one that goes on is not listened to any more."""

_ANSWER = re.compile(
    rb'\{"jsonrpc": "2\.0", "id": [0-9]{1,15}, "result": (?:\{\}|\{"_meta": \{[^{}\[\]]{0,200}\}, '
    rb'"content": \[\{"type": "text", "text": "(?:[^"\\]++|\\.)*+"\}\], "isError": (?:true|false)\})\}'
)
"""The only forms of an answer, to a ping and to a call: parsed, they take little more memory than their bytes."""


@asynccontextmanager
async def connected(stream: socket.socket, interface: Interface, on_lost: Callable[[], None]) -> AsyncIterator[Streams]:
    """Give a client session's two streams, served by the interface and by the child at the other end of ``stream``.

    ``on_lost`` is called when the child closes its end or says something that is no answer.
    """
    answers_in, answers = anyio.create_memory_object_stream[SessionMessage | Exception](math.inf)
    wire = _Wire(answers_in, interface, on_lost)
    await asyncio.get_running_loop().create_unix_connection(lambda: wire, sock=stream)
    try:
        # a session wants no more of the stream that it writes to than what anybody's has
        yield answers, cast("MemoryObjectSendStream[SessionMessage]", _Questions(wire))
    finally:
        wire.abort()
        answers_in.close()
        answers.close()


class _Questions(ObjectSendStream[SessionMessage]):
    """Where a session writes its questions to."""

    def __init__(self, wire: _Wire) -> None:
        self._wire = wire

    async def send(self, item: SessionMessage) -> None:
        """Ask a question; notifications interest nobody."""
        if isinstance(item.message.root, JSONRPCRequest):
            self._wire.ask(item.message.root)

    async def aclose(self) -> None:
        """Do nothing: the wire ends with its context."""


class _Wire(asyncio.Protocol):
    """Passes calls to the child, and the child's answers to the session."""

    def __init__(
        self,
        answers: MemoryObjectSendStream[SessionMessage | Exception],
        interface: Interface,
        on_lost: Callable[[], None],
    ) -> None:
        self._answers = answers
        self._interface = interface
        self._on_lost = on_lost
        self._transport: asyncio.WriteTransport | None = None
        self._unanswered: set[int | str] = set()
        self._unread = bytearray()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin."""
        # other event loops, such as uvloop, have transports of their own that only behave like asyncio's
        self._transport = cast("asyncio.WriteTransport", transport)

    def connection_lost(self, _error: Exception | None) -> None:
        """Tell the session, and whoever holds the process."""
        self._give_up()

    def data_received(self, data: bytes) -> None:
        """Pass on every whole line."""
        self._unread += data
        if len(self._unread) > MAX_ANSWER_BYTES:
            return self._give_up()
        if b"\n" not in data:
            return None
        *lines, self._unread = self._unread.split(b"\n")
        for line in lines:
            try:
                number, result = _answer_in(line)
                self._unanswered.remove(number)
            except (ValueError, KeyError):
                return self._give_up()
            self._answer(JSONRPCResponse(jsonrpc="2.0", id=number, result=result))
        return None

    def ask(self, request: JSONRPCRequest) -> None:
        """Have a request answered: calls and pings by the child."""
        if request.method in ("tools/call", "ping"):
            self._ask_child(request)
        elif (result := _answer_from(self._interface, request)) is not None:
            self._answer(JSONRPCResponse(jsonrpc="2.0", id=request.id, result=result))
        else:
            error = ErrorData(code=METHOD_NOT_FOUND, message="Method not found")
            self._answer(JSONRPCError(jsonrpc="2.0", id=request.id, error=error))

    def abort(self) -> None:
        """Close our end."""
        assert self._transport is not None
        self._transport.abort()

    def _ask_child(self, request: JSONRPCRequest) -> None:
        assert self._transport is not None
        params = request.params or {}
        call = {"id": request.id, "name": params.get("name"), "arguments": params.get("arguments") or {}}
        self._unanswered.add(request.id)
        # in ASCII: half a surrogate pair has no UTF-8, and it is the child that says so
        self._transport.write(json.dumps(call).encode() + b"\n")

    def _answer(self, answer: JSONRPCResponse | JSONRPCError) -> None:
        with suppress(anyio.BrokenResourceError, anyio.ClosedResourceError):
            self._answers.send_nowait(SessionMessage(JSONRPCMessage(answer)))

    def _give_up(self) -> None:
        self._unread = bytearray()
        self._answers.close()
        self.abort()
        self._on_lost()


def _answer_from(interface: Interface, request: JSONRPCRequest) -> dict[str, Any] | None:
    """Answer what needs no application; None where there is no such method."""
    if request.method == "initialize":
        asked = (request.params or {}).get("protocolVersion")
        known = {"protocolVersion": asked} if asked in SUPPORTED_PROTOCOL_VERSIONS else {}
        return {**interface.initialize, **known}
    if request.method == "tools/list":
        return interface.tools
    return None


def _answer_in(line: bytes | bytearray) -> tuple[int, dict[str, Any]]:
    """Read an answer: the number of its question, and an MCP result.

    Raises:
        ValueError: it is none.
    """
    if not _ANSWER.fullmatch(line):
        raise ValueError("expected an answer")
    answer = json.loads(line)
    return answer["id"], answer["result"]
