from __future__ import annotations

import errno
import fcntl
import os
import signal
import socket
from collections.abc import Callable

import pytest

from awm_langgraph.sandbox.seccomp import ALLOW, ARCHITECTURES, program, refusal
from awm_langgraph.sandbox.syscalls import CONDITIONAL

POINTER = 0x7F00_0000_1000
HIGH_POINTER = 0x7F00_0000_0000
PTHREAD_CREATE = 0x3D0F00
MUSL_PTHREAD_CREATE = 0x7D0F00

ALLOWED = [
    ("openat", -100, POINTER, os.O_RDONLY | os.O_CLOEXEC),
    ("openat", -100, POINTER, os.O_RDWR | os.O_CREAT, 0o600),
    ("openat", -100, POINTER, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600),
    ("openat", -100, POINTER, os.O_RDWR | os.O_TRUNC),
    ("fcntl", 3, fcntl.F_SETLK, POINTER),
    ("fcntl", 3, fcntl.F_DUPFD_CLOEXEC, 10),
    ("ioctl", 3, 0x5401, POINTER),
    ("prctl", 15, POINTER),
    ("prlimit64", 0, 7, 0, POINTER),
    ("clone", PTHREAD_CREATE),
    ("clone", MUSL_PTHREAD_CREATE),
    ("socketpair", socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_CLOEXEC, 0, POINTER),
    ("sendto", 3, POINTER, 10, 0, 0, 0),
    ("sendto", 3, POINTER, 10, socket.MSG_NOSIGNAL, 0, 0),
    ("sendmsg", 3, POINTER, 0),
]
REFUSED = [
    ("openat", -100, POINTER, os.O_RDONLY | os.O_TRUNC),
    ("openat", -100, POINTER, os.O_PATH | os.O_TRUNC),
    ("openat", -100, POINTER, 3),
    ("openat", -100, POINTER, 3 | os.O_TRUNC),
    ("fcntl", 3, fcntl.F_SETOWN, 1),
    ("fcntl", 3, 10, signal.SIGKILL),
    ("fcntl", 3, fcntl.F_NOTIFY, 1),
    ("ioctl", 3, 0x5412, POINTER),
    ("ioctl", 3, 0x8901, POINTER),
    ("prctl", 1, 0),
    ("prctl", 4, 1),
    ("prctl", 22, 2, POINTER),
    ("prlimit64", 0, 7, POINTER, 0),
    ("prlimit64", 0, 7, HIGH_POINTER, 0),
    ("prlimit64", 1, 7, 0, POINTER),
    ("clone", signal.SIGCHLD),
    ("clone", 0x01200011),
    ("clone", PTHREAD_CREATE | 0x10000000),
    ("clone", PTHREAD_CREATE | 0x20000),
    ("clone", PTHREAD_CREATE & ~0x10000),
    ("socketpair", socket.AF_UNIX, socket.SOCK_DGRAM, 0, POINTER),
    ("socketpair", socket.AF_UNIX, socket.SOCK_SEQPACKET, 0, POINTER),
    ("socketpair", socket.AF_INET, socket.SOCK_STREAM, 0, POINTER),
    ("sendto", 3, POINTER, 10, 0, POINTER, 16),
    ("sendto", 3, POINTER, 10, 0, HIGH_POINTER, 16),
    ("sendto", 3, POINTER, 10, socket.MSG_FASTOPEN, 0, 0),
    ("sendmsg", 3, POINTER, socket.MSG_FASTOPEN),
]


@pytest.mark.parametrize("machine", sorted(ARCHITECTURES))
@pytest.mark.parametrize(
    ("call", "answer"),
    [(call, ALLOW) for call in ALLOWED] + [(call, refusal(errno.EPERM)) for call in REFUSED],
    ids=lambda value: "-".join(map(str, value)) if isinstance(value, tuple) else None,
)
def test_the_arguments_decide(
    filtered: Callable[..., int], machine: str, call: tuple[str, *tuple[int, ...]], answer: int
) -> None:
    name, *arguments = call
    number = CONDITIONAL[name][list(ARCHITECTURES).index(machine)]

    assert filtered(program(machine, is_server=True), ARCHITECTURES[machine], number, *arguments) == answer


def test_the_older_open_obeys_the_same_rule(filtered: Callable[..., int]) -> None:
    written, number = program("x86_64", is_server=False), CONDITIONAL["open"][0]

    assert filtered(written, ARCHITECTURES["x86_64"], number, POINTER, os.O_RDWR | os.O_CREAT) == ALLOW
    assert filtered(written, ARCHITECTURES["x86_64"], number, POINTER, os.O_TRUNC) == refusal(errno.EPERM)
