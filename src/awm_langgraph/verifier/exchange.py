"""Ask a zygote for a run, from an event loop, and await its reply."""

from __future__ import annotations

import asyncio
import os
import socket
import stat
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import replace
from pathlib import Path

from awm_langgraph.sandbox import SandboxLevel
from awm_langgraph.sandbox.policy import MEBIBYTE
from awm_langgraph.verifier import process
from awm_langgraph.verifier.protocol import Order, Reply, Request, decode_reply, encode

_QUEUE_SECONDS = 300.0
_RETRY_SECONDS = 0.01
_SCRATCH_BYTES = 64 * MEBIBYTE
_SIDECARS = ("", "-wal", "-journal")
_READ_BYTES = 65536


async def ask(request: Request, initial: Path, final: Path, level: SandboxLevel, timeout_seconds: float) -> Reply:
    """Have a request done on copies of two databases; what is beside them as ``-wal`` or ``-journal`` goes along.

    Raises:
        ZygoteError: No zygote can be started.
        OSError: A database cannot be read, or the zygote ended twice.
    """
    lost: ConnectionError
    for _ in range(2):
        zygote = process.running(level)
        if zygote is None:
            zygote = await asyncio.to_thread(process.start, level)
        try:
            async with asyncio.timeout(_QUEUE_SECONDS + timeout_seconds):
                return await _ask(zygote, request, initial, final, timeout_seconds)
        except ConnectionError as error:
            # The zygote died under it. A run changes nothing but its copies, so it may be done again, by another.
            lost = error
            await asyncio.to_thread(process.discard, level, zygote)
    raise lost


async def _ask(
    zygote: process.ZygoteProcess, request: Request, initial: Path, final: Path, timeout_seconds: float
) -> Reply:
    with _databases(initial, final) as files:
        body = encode(replace(request, files=tuple(files)))
        size = sum(os.fstat(descriptor).st_size for descriptor in files.values())
        # Folding a write-ahead log in may double what is there.
        order = Order(timeout_seconds, _SCRATCH_BYTES + 2 * size)
        channel = await _channel(zygote, order, list(files.values()), len(body))
    with channel:
        with suppress(ConnectionError):
            # A child that ends before it has read this leaves a reply all the same.
            await asyncio.get_running_loop().sock_sendall(channel, body)
        return await _reply(channel)


async def _channel(zygote: process.ZygoteProcess, order: Order, files: list[int], request_bytes: int) -> socket.socket:
    while True:
        try:
            return zygote.open_channel(order, files, request_bytes)
        except BlockingIOError:
            await asyncio.sleep(_RETRY_SECONDS)


async def _reply(channel: socket.socket) -> Reply:
    data = bytearray()
    while (reply := decode_reply(data)) is None:
        chunk = await asyncio.get_running_loop().sock_recv(channel, _READ_BYTES)
        if not chunk:
            raise ConnectionResetError("the verifier's process tree ended before it answered")
        data += chunk
    return reply


@contextmanager
def _databases(initial: Path, final: Path) -> Iterator[dict[str, int]]:
    """Open the databases for reading, by the names that their copies are to have."""
    files: dict[str, int] = {}
    try:
        for name, path in (("initial.db", initial), ("final.db", final)):
            for suffix in _SIDECARS:
                with suppress(FileNotFoundError) if suffix else nullcontext():
                    files[name + suffix] = _open(f"{path}{suffix}")
        yield files
    finally:
        for descriptor in files.values():
            os.close(descriptor)


def _open(path: str) -> int:
    # Without O_NONBLOCK the opening of a named pipe would wait for a writer.
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise OSError(f"{path} is not a file")
    return descriptor
