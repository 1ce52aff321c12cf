"""What the runner, the zygote and its children say to each other, and how.

::

    runner --(control)--> zygote        one order per run: an Order, with one end of a new channel
    runner --(channel)--> child         the Request, with the databases as open files
    child  --(link)-----> zygote        a frame: the token it was given, a length, what the verifier answered
    zygote --(channel)--> runner        a Reply

The zygote says READY, or why not, before it takes the first order; a child says CONFINED once it is.
The runner gives up a run by closing its end of the channel. Only the link is open while a verifier runs: it can write
there what it likes, and the runner takes what comes after the token for no more than a verifier's word.
"""

from __future__ import annotations

import json
import socket
import struct
from dataclasses import asdict, dataclass
from typing import Final, Literal, cast

READY: Final = b"ready"
CONFINED: Final = b"+"
TOKEN_BYTES: Final = 16
ANSWER_BYTES: Final = 1024 * 1024
"""The most that a verifier may answer, as JSON."""
SAID_BYTES: Final = ANSWER_BYTES + 64
"""The most that a child may say in its life."""

_ORDER = struct.Struct("=dQ")
_LENGTH = struct.Struct("=Q")
_MOST_FILES = 6

Mode = Literal["code", "sql"]


class ProtocolError(Exception):
    """The other side ended or said something else than agreed."""


@dataclass(frozen=True, slots=True)
class Order:
    """What the zygote must know of a run: how long it may take and how much disk it may fill."""

    timeout_seconds: float
    disk_bytes: int


@dataclass(frozen=True, slots=True)
class Request:
    """What the child must know: the code, and the names under which to keep the databases that come with it."""

    code: str
    function_name: str
    mode: Mode
    final_answer: str
    files: tuple[str, ...]


Ending = Literal["answered", "error", "timeout", "killed"]


@dataclass(frozen=True, slots=True)
class Reply:
    """How a run ended. ``detail`` is what the verifier answered, as JSON that nobody has read yet, or else a reason."""

    ending: Ending
    detail: bytes


def send_order(control: socket.socket, order: Order, channel: socket.socket) -> None:
    """Ask for a run; the zygote and its child will answer on the other end of ``channel``.

    Raises:
        BlockingIOError: The zygote has many orders waiting; try again later.
        OSError: The zygote has ended.
    """
    socket.send_fds(control, [_ORDER.pack(order.timeout_seconds, order.disk_bytes)], [channel.fileno()])


def receive_order(control: socket.socket) -> tuple[Order, int] | None:
    """Take an order and the descriptor of its channel; None when the runner has ended."""
    data, descriptors, _, _ = socket.recv_fds(control, _ORDER.size, 1)
    if len(data) < _ORDER.size or not descriptors:
        return None
    return Order(*_ORDER.unpack(data)), descriptors[0]


def send_files(channel: socket.socket, files: list[int], length: int) -> None:
    """Open a request: the databases, and how many bytes follow."""
    socket.send_fds(channel, [_LENGTH.pack(length)], files)


def encode(request: Request) -> bytes:
    """Write a request down, in ASCII: a text may hold half a surrogate pair, which UTF-8 cannot."""
    return json.dumps(asdict(request)).encode("ascii")


def receive_request(channel: socket.socket) -> tuple[Request, list[int]]:
    """Read a request and the descriptors of its databases.

    Raises:
        ProtocolError: The runner gave up.
    """
    head, descriptors, _, _ = socket.recv_fds(channel, _LENGTH.size, _MOST_FILES)
    if len(head) < _LENGTH.size:
        raise ProtocolError("the runner gave up before it sent a request")
    with channel.makefile("rb") as stream:
        body = stream.read(_LENGTH.unpack(head)[0])
    try:
        fields = json.loads(body)
    except ValueError as error:
        raise ProtocolError("the runner gave up in the middle of a request") from error
    return Request(**{**fields, "files": tuple(fields["files"])}), descriptors


def encode_answer(token: bytes, answer: bytes) -> bytes:
    """Frame what a child has to say."""
    return token + _LENGTH.pack(len(answer)) + answer


def decode_answer(token: bytes, said: bytes | bytearray) -> bytes | None:
    """Take the answer out of all that a child said; None while it is incomplete, or if it is something else."""
    head = CONFINED + token
    body = len(head) + _LENGTH.size
    if len(said) < body or not said.startswith(head):
        return None
    end = body + _LENGTH.unpack_from(said, len(head))[0]
    return bytes(said[body:end]) if len(said) >= end else None


def encode_reply(reply: Reply) -> bytes:
    """Write a reply down."""
    body = reply.ending.encode("ascii") + b"\n" + reply.detail
    return _LENGTH.pack(len(body)) + body


def decode_reply(data: bytes | bytearray) -> Reply | None:
    """Read a reply; None while more of it is to come."""
    if len(data) < _LENGTH.size or len(data) < _LENGTH.size + _LENGTH.unpack_from(data)[0]:
        return None
    ending, _, detail = data[_LENGTH.size :].partition(b"\n")
    return Reply(cast(Ending, ending.decode("ascii")), bytes(detail))
