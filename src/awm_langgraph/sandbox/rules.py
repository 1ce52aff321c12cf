"""The system calls whose arguments decide, and the conditions on them."""

from __future__ import annotations

import fcntl
from dataclasses import dataclass
from typing import Final

_ALL_BITS = 0xFFFFFFFF

_O_ACCMODE = 0x3
_O_TRUNC = 0x200
_CLONE_THREAD = 0x10000
# NEWNS, NEWCGROUP, NEWUTS, NEWIPC, NEWUSER, NEWPID, NEWNET, and PTRACE, VFORK, PARENT.
_CLONE_FORBIDDEN = 0x7E020000 | 0x2000 | 0x4000 | 0x8000
_PR_SET_PDEATHSIG, _PR_SET_NAME, _PR_GET_NAME, _PR_SET_SECCOMP, _PR_SET_NO_NEW_PRIVS = 1, 15, 16, 22, 38
_AF_UNIX, _SOCK_STREAM = 1, 1
_SOCK_TYPE_BITS = 0xF
_MSG_FASTOPEN = 0x20000000

_FCNTL_COMMANDS = (
    fcntl.F_DUPFD,
    fcntl.F_GETFD,
    fcntl.F_SETFD,
    fcntl.F_GETFL,
    fcntl.F_SETFL,
    fcntl.F_GETLK,
    fcntl.F_SETLK,
    fcntl.F_SETLKW,
    36,  # F_OFD_GETLK
    37,  # F_OFD_SETLK
    38,  # F_OFD_SETLKW
    fcntl.F_DUPFD_CLOEXEC,
)
_TCGETS, _TIOCGWINSZ, _FIONREAD, _FIONBIO, _FIONCLEX, _FIOCLEX = 0x5401, 0x5413, 0x541B, 0x5421, 0x5450, 0x5451


@dataclass(frozen=True, slots=True)
class Condition:
    """One 32-bit half of an argument, masked, must be one of ``values``."""

    argument: int
    values: tuple[int, ...]
    mask: int = _ALL_BITS
    is_high_half: bool = False


def _opens(argument: int) -> Condition:
    """Refuse to truncate what is opened for reading: Landlock sees that only from its third version on.

    The access mode 3, which means neither reading nor writing, is refused as well.
    """
    plain = (0, 1, 2)
    return Condition(argument, (*plain, _O_TRUNC | 1, _O_TRUNC | 2), mask=_O_TRUNC | _O_ACCMODE)


def _is_null(argument: int) -> tuple[Condition, Condition]:
    return Condition(argument, (0,)), Condition(argument, (0,), is_high_half=True)


RULES: Final[dict[str, tuple[Condition, ...]]] = {
    "open": (_opens(1),),
    "openat": (_opens(2),),
    # Not F_SETOWN and F_SETSIG: with them the kernel sends any signal to any process of the same user.
    "fcntl": (Condition(1, _FCNTL_COMMANDS),),
    "ioctl": (Condition(1, (_TCGETS, _TIOCGWINSZ, _FIONREAD, _FIONBIO, _FIONCLEX, _FIOCLEX)),),
    # Not PR_SET_PDEATHSIG: the end of the parent must stay the end of the child.
    "prctl": (Condition(0, (_PR_SET_NAME, _PR_GET_NAME)),),
    # Reading its own limits only.
    "prlimit64": (Condition(0, (0,)), *_is_null(2)),
    # Threads, and neither processes nor namespaces.
    "clone": (Condition(0, (_CLONE_THREAD,), mask=_CLONE_THREAD | _CLONE_FORBIDDEN),),
    # Not datagrams: one end of a datagram pair can be pointed at any other socket of the machine.
    "socketpair": (Condition(0, (_AF_UNIX,)), Condition(1, (_SOCK_STREAM,), mask=_SOCK_TYPE_BITS)),
    # No address, and no TCP fast open, which connects while it sends.
    "sendto": (Condition(3, (0,), mask=_MSG_FASTOPEN), *_is_null(4)),
    "sendmsg": (Condition(2, (0,), mask=_MSG_FASTOPEN),),
}
"""What must hold for each conditional call, all its conditions together."""

ZYGOTE_RULES: Final[dict[str, tuple[Condition, ...]]] = RULES | {
    "prctl": (Condition(0, (_PR_SET_NAME, _PR_GET_NAME, _PR_SET_PDEATHSIG, _PR_SET_SECCOMP, _PR_SET_NO_NEW_PRIVS)),),
    # Lowering its own limits as well.
    "prlimit64": (Condition(0, (0,)),),
    # Processes too, but no namespaces.
    "clone": (Condition(0, (0,), mask=_CLONE_FORBIDDEN),),
}
"""The same for a process that forks others and confines them further."""
