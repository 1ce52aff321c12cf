"""HTTP to a spawned server that runs code which is not ours: as much of an answer as there may be, and no more."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable

import httpx

MAX_ANSWER_BYTES = 16 * 1024 * 1024
"""The fork runtime's bound too."""


class BoundedTransport(httpx.AsyncBaseTransport):
    """Talks to one server over a unix socket, and ends it when it answers too much."""

    def __init__(self, address: str, on_excess: Callable[[], None]) -> None:
        self._inner = httpx.AsyncHTTPTransport(uds=address)
        self._on_excess = on_excess

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request that asks for an answer as it is: a compressed one would be larger than what is counted."""
        request.headers["accept-encoding"] = "identity"
        response = await self._inner.handle_async_request(request)
        assert isinstance(response.stream, httpx.AsyncByteStream)
        if response.headers.get("content-encoding", "identity") != "identity":
            await response.aclose()
            raise httpx.DecodingError("the server's answer is compressed, which nobody asked for")
        response.stream = _Bounded(response.stream, self._on_excess)
        return response

    async def aclose(self) -> None:
        """Close the connections."""
        await self._inner.aclose()


class _Bounded(httpx.AsyncByteStream):
    def __init__(self, inner: httpx.AsyncByteStream, on_excess: Callable[[], None]) -> None:
        self._inner = inner
        self._on_excess = on_excess

    async def __aiter__(self) -> AsyncIterator[bytes]:
        left = MAX_ANSWER_BYTES
        async for part in self._inner:
            left -= len(part)
            if left < 0:
                self._on_excess()
                raise httpx.ReadError(f"the server's answer has more than {MAX_ANSWER_BYTES} bytes")
            yield part

    async def aclose(self) -> None:
        await self._inner.aclose()
