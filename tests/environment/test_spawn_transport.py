"""A server on a unix socket that answers what the transport must not take."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from awm_langgraph.environment.spawn_transport import MAX_ANSWER_BYTES, BoundedTransport

HEAD = b"HTTP/1.1 200 OK\r\nConnection: close\r\n"


@pytest.fixture
async def address(tmp_path: Path) -> AsyncIterator[str]:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked = await reader.readuntil(b"\r\n\r\n")
        assert b"accept-encoding: identity\r\n" in asked.lower()
        if b"/compressed" in asked:
            writer.write(HEAD + b"Content-Encoding: gzip\r\n\r\n")
        else:
            writer.write(HEAD + b"\r\n" + bytes(MAX_ANSWER_BYTES + (b"/more" in asked)))
        writer.close()

    async with await asyncio.start_unix_server(answer, tmp_path / "s"):
        yield str(tmp_path / "s")


async def test_an_answer_at_the_bound_is_taken_and_a_longer_one_ends_the_server(address: str) -> None:
    ended: list[str] = []
    transport = BoundedTransport(address, on_excess=lambda: ended.append("server"))
    async with httpx.AsyncClient(transport=transport) as client:
        assert len((await client.get("http://server/most")).content) == MAX_ANSWER_BYTES
        assert ended == []
        with pytest.raises(httpx.ReadError, match="more than 16777216 bytes"):
            await client.get("http://server/more")
    assert ended == ["server"]


async def test_a_compressed_answer_is_refused_before_it_is_unpacked(address: str) -> None:
    async with httpx.AsyncClient(transport=BoundedTransport(address, on_excess=lambda: None)) as client:
        with pytest.raises(httpx.DecodingError, match="nobody asked for"):
            await client.get("http://server/compressed")
