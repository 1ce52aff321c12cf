"""Orders to a zygote: one datagram each, JSON with file descriptors, over a ``SOCK_SEQPACKET`` pair.

The kernel says who sent a message (``SCM_CREDENTIALS``): the pid of a forked process is never a matter of trust.
"""

from __future__ import annotations

import asyncio
import json
import os
import socket
import struct
from collections.abc import Sequence
from typing import Any

_MAX_ORDER_BYTES = 65536
_MAX_DESCRIPTORS = 4
_CREDENTIALS = struct.Struct("3i")


def order_pair() -> tuple[socket.socket, socket.socket]:
    """Make a connected pair for orders: the runner's end, which does not block, and the zygote's, which does."""
    return _pair(socket.SOCK_SEQPACKET)


def stream_pair() -> tuple[socket.socket, socket.socket]:
    """Make a connected pair for MCP: the runner's end, which does not block, and the child's, which does."""
    return _pair(socket.SOCK_STREAM)


def _pair(kind: int) -> tuple[socket.socket, socket.socket]:
    ours, theirs = socket.socketpair(socket.AF_UNIX, kind)
    ours.setblocking(False)
    ours.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
    return ours, theirs


async def give_order(end: socket.socket, order: dict[str, Any], descriptors: Sequence[int] = ()) -> None:
    """Send an order; it arrives whole or not at all.

    Raises:
        OSError: the other end is closed.
    """
    payload = json.dumps(order).encode()
    while True:
        try:
            socket.send_fds(end, [payload], descriptors)
        except BlockingIOError:
            await _until_writable(end)
        else:
            return


def pass_order(end: socket.socket, order: dict[str, Any], descriptors: Sequence[int]) -> None:
    """Send an order on, from a zygote.

    Raises:
        OSError: the other end is closed.
    """
    socket.send_fds(end, [json.dumps(order).encode()], descriptors)


def memory_file(content: bytes) -> int:
    """Write what is too much for a datagram; answer a descriptor to read it from, once."""
    descriptor = os.memfd_create("order")
    with os.fdopen(os.dup(descriptor), "wb") as file:
        file.write(content)
    os.lseek(descriptor, 0, os.SEEK_SET)
    return descriptor


def take_order(end: socket.socket) -> tuple[dict[str, Any], list[int]] | None:
    """Wait for the next order, in a zygote; None when the runner is gone."""
    payload, descriptors, _, _ = socket.recv_fds(end, _MAX_ORDER_BYTES, _MAX_DESCRIPTORS)
    return (json.loads(payload), descriptors) if payload else None


async def hear(end: socket.socket) -> tuple[bytes, int]:
    """Wait for a message from a forked process and answer it with the sender's pid; empty when the end is closed."""
    while True:
        try:
            message, ancillary, _, _ = end.recvmsg(_MAX_ORDER_BYTES, socket.CMSG_SPACE(_CREDENTIALS.size))
        except BlockingIOError:
            await until_readable(end.fileno())
            continue
        except ConnectionResetError:
            return b"", 0
        pids = [_CREDENTIALS.unpack(data)[0] for _, kind, data in ancillary if kind == socket.SCM_CREDENTIALS]
        return message, pids[0] if pids else 0


def is_open(end: socket.socket) -> bool:
    """Tell whether anybody holds the other end. A process that was killed lets go of it before it counts as ended."""
    try:
        return bool(end.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT))
    except BlockingIOError:
        return True
    except OSError:
        return False


async def until_readable(descriptor: int) -> None:
    """Wait until a descriptor that nobody else waits for can be read."""
    loop = asyncio.get_running_loop()
    ready: asyncio.Future[None] = loop.create_future()
    loop.add_reader(descriptor, _settle, ready)
    try:
        await ready
    finally:
        loop.remove_reader(descriptor)


async def _until_writable(end: socket.socket) -> None:
    """Wait on a duplicate: several tasks may wait for one end, and a loop keeps one watcher for each descriptor."""
    loop = asyncio.get_running_loop()
    ready: asyncio.Future[None] = loop.create_future()
    duplicate = os.dup(end.fileno())
    loop.add_writer(duplicate, _settle, ready)
    try:
        await ready
    finally:
        loop.remove_writer(duplicate)
        os.close(duplicate)


def _settle(ready: asyncio.Future[None]) -> None:
    if not ready.done():
        ready.set_result(None)
