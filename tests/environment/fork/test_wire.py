"""What the runner takes from a child, whoever is at the other end of the socket."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from mcp import ClientSession, McpError

from awm_langgraph.environment.fork import wire
from awm_langgraph.environment.fork.interface import Interface
from awm_langgraph.environment.fork.wire import connected

INTERFACE = Interface(
    initialize={
        "protocolVersion": "2025-06-18",
        "capabilities": {"tools": {}},
        "serverInfo": {"name": "unit", "version": "1"},
    },
    tools={"tools": [{"name": "echo", "description": "Echo.", "inputSchema": {"type": "object"}}]},
    operations={},
    refused={},
    why_loaded_each_time="",
    has_startup=False,
)


class Child:
    """The other end: what it was asked, and a way to say anything."""

    def __init__(self, stream: socket.socket) -> None:
        self._stream = stream
        self.was_lost = asyncio.Event()

    async def asked(self) -> dict[str, Any]:
        data = b""
        while not data.endswith(b"\n"):
            data += await asyncio.get_running_loop().sock_recv(self._stream, 65536)
        question: dict[str, Any] = json.loads(data)
        return question

    async def say(self, data: bytes) -> None:
        await asyncio.get_running_loop().sock_sendall(self._stream, data)

    def close(self) -> None:
        self._stream.close()


def answer_to(number: int, text: str) -> bytes:
    result = {"_meta": {"status": 200}, "content": [{"type": "text", "text": text}], "isError": False}
    return json.dumps({"jsonrpc": "2.0", "id": number, "result": result}).encode() + b"\n"


@asynccontextmanager
async def talking() -> AsyncIterator[tuple[ClientSession, Child]]:
    ours, theirs = socket.socketpair()
    ours.setblocking(False)
    theirs.setblocking(False)
    child = Child(theirs)
    async with (
        connected(ours, INTERFACE, child.was_lost.set) as (read, write),
        ClientSession(read, write) as session,
    ):
        await session.initialize()
        yield session, child
    child.close()


async def test_the_catalogue_is_answered_without_the_child() -> None:
    async with talking() as (session, _child):
        assert [tool.name for tool in (await session.list_tools()).tools] == ["echo"]


async def test_a_call_and_a_ping_are_answered_by_the_child() -> None:
    async with talking() as (session, child):
        calling = asyncio.create_task(session.call_tool("echo", {"text": "é\ud800", "nothing": None}))
        question = await child.asked()
        assert (question["name"], question["arguments"]) == ("echo", {"text": "é\ud800", "nothing": None})
        # in pieces, as a socket may deliver it
        answer = answer_to(question["id"], 'quote " backslash \\ newline \n é')
        await child.say(answer[:30])
        await child.say(answer[30:])
        result = await calling
        assert result.content[0].model_dump()["text"] == 'quote " backslash \\ newline \n é'
        assert (result.meta, result.isError) == ({"status": 200}, False)
        pinging = asyncio.create_task(session.send_ping())
        question = await child.asked()
        await child.say(b'{"jsonrpc": "2.0", "id": %d, "result": {}}\n' % question["id"])
        await pinging


async def test_a_method_that_there_is_not_is_refused() -> None:
    async with talking() as (session, _child):
        with pytest.raises(McpError, match="Method not found"):
            await session.list_prompts()


@pytest.mark.parametrize(
    "said",
    [
        b"\n",
        b"null\n",
        b'{"jsonrpc": "2.0", "id": 1, "method": "roots/list"}\n',
        b'{"jsonrpc": "2.0", "id": 1, "error": {"code": 1, "message": "x"}}\n',
        answer_to(99, "nobody asked"),
        answer_to(1, "x").replace(b'"status": 200', b'"status": [[]]'),
        answer_to(1, "x").replace(b'"isError": false', b'"isError": false, "structuredContent": {}'),
        answer_to(1, "x").replace(b'"x"', rb'"\q"'),
        b"[" * 100_000 + b"\n",
        b'{"jsonrpc": "2.0", "id": 1, "result": {"_meta": {}, "content": [{"type": "text", "text": "never ends',
    ],
)
async def test_whoever_says_anything_else_or_nothing_more_is_lost(said: bytes) -> None:
    async with talking() as (session, child):
        calling = asyncio.create_task(session.call_tool("echo", {}))
        await child.asked()
        await child.say(said)
        if not said.endswith(b"\n"):
            child.close()
        with pytest.raises(McpError):
            await calling
        assert child.was_lost.is_set()


async def test_a_line_without_an_end_is_cut_off_at_a_bound() -> None:
    async with talking() as (session, child):
        calling = asyncio.create_task(session.call_tool("echo", {}))
        await child.asked()
        with pytest.raises((BrokenPipeError, ConnectionResetError)):
            await child.say(b"x" * (2 * wire.MAX_ANSWER_BYTES))
        with pytest.raises(McpError):
            await calling
        assert child.was_lost.is_set()


async def test_a_second_answer_to_one_question_is_one_too_many() -> None:
    async with talking() as (session, child):
        calling = asyncio.create_task(session.call_tool("echo", {}))
        number = (await child.asked())["id"]
        await child.say(answer_to(number, "once") * 2)
        await asyncio.wait({calling})
        await child.was_lost.wait()
