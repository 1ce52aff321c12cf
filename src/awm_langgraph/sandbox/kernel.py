"""The Linux calls that the standard library does not offer, through ctypes. Linux only."""

from __future__ import annotations

import ctypes
import os
import struct

PR_SET_PDEATHSIG = 1
PR_SET_NAME = 15
PR_SET_SECCOMP = 22
PR_SET_CHILD_SUBREAPER = 36
PR_SET_NO_NEW_PRIVS = 38

# These three have one number on every architecture.
LANDLOCK_CREATE_RULESET = 444
LANDLOCK_ADD_RULE = 445
LANDLOCK_RESTRICT_SELF = 446

_CAPABILITY_VERSION_3 = 0x20080522

_libc = ctypes.CDLL(None, use_errno=True)
_libc.syscall.restype = ctypes.c_long
# Looked up here once: forked children would each do it again.
_syscall, _prctl, _capset = _libc.syscall, _libc.prctl, _libc.capset


def syscall(number: int, *arguments: int | bytes | None) -> int:
    """Make a system call. Integers go as C longs, bytes as a pointer to them.

    Raises:
        OSError: The kernel refused; ``errno`` says why.
    """
    return _checked(_syscall(ctypes.c_long(number), *(_as_c(argument) for argument in arguments)))


def prctl(option: int, *arguments: int) -> int:
    """Change a property of this process.

    Raises:
        OSError: The kernel refused; ``errno`` says why.
    """
    padded = (*arguments, 0, 0, 0, 0)[:4]
    return _checked(_prctl(ctypes.c_int(option), *(ctypes.c_ulong(argument) for argument in padded)))


def name_process(name: str) -> None:
    """Give this thread, and what it forks, a name for ``ps`` and ``top``; 15 bytes of it are kept.

    Raises:
        OSError: The kernel refused.
    """
    buffer = ctypes.create_string_buffer(name.encode())
    prctl(PR_SET_NAME, ctypes.addressof(buffer))


def install_filter(program: bytes) -> None:
    """Filter this thread's system calls, and those of all it starts, by a classic BPF program from here on.

    Raises:
        OSError: The kernel refused the program, or ``PR_SET_NO_NEW_PRIVS`` was not set before.
    """
    instructions = ctypes.create_string_buffer(program, len(program))
    header = ctypes.create_string_buffer(struct.pack("@HP", len(program) // 8, ctypes.addressof(instructions)))
    mode_filter = 2
    prctl(PR_SET_SECCOMP, mode_filter, ctypes.addressof(header))


def drop_capabilities() -> None:
    """Give up every capability, so that root is merely the owner of root's files.

    Raises:
        OSError: The kernel refused.
    """
    header = struct.pack("=Ii", _CAPABILITY_VERSION_3, 0)
    _checked(_capset(ctypes.c_char_p(header), ctypes.c_char_p(bytes(24))))


def _as_c(argument: int | bytes | None) -> ctypes.c_long | ctypes.c_char_p:
    return ctypes.c_long(argument) if isinstance(argument, int) else ctypes.c_char_p(argument)


def _checked(result: int) -> int:
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
    return result
