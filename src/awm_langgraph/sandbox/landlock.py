"""File system rules by Landlock: a process keeps the paths that its policy names and loses the rest of the disk.

Rights and structures are those of ``linux/landlock.h``; each version of the interface (ABI) adds some, and a kernel
refuses bits that it does not know, hence the tables by version.
"""

from __future__ import annotations

import os
import stat
import struct
from collections.abc import Iterable
from typing import Final

from awm_langgraph.sandbox import kernel

_EXECUTE, _WRITE_FILE, _READ_FILE, _READ_DIR = 1 << 0, 1 << 1, 1 << 2, 1 << 3
_REMOVE_DIR, _REMOVE_FILE, _MAKE_DIR, _MAKE_REG = 1 << 4, 1 << 5, 1 << 7, 1 << 8
_REFER, _TRUNCATE, _IOCTL_DEV = 1 << 13, 1 << 14, 1 << 15

_ALL_OF_VERSION_1 = (1 << 13) - 1
_ADDED_BY_VERSION: Final = {2: _REFER, 3: _TRUNCATE, 5: _IOCTL_DEV}
_TCP_BIND_AND_CONNECT = 0b11
_ABSTRACT_SOCKETS_AND_SIGNALS = 0b11

_READING = _READ_FILE | _READ_DIR
_WRITING = _READING | _WRITE_FILE | _TRUNCATE | _REMOVE_DIR | _REMOVE_FILE | _MAKE_DIR | _MAKE_REG | _REFER
_OF_A_FILE = _EXECUTE | _WRITE_FILE | _READ_FILE | _TRUNCATE | _IOCTL_DEV

_PATH_BENEATH = 1
_RULE = struct.Struct("=Qi")


def version() -> int:
    """Answer the kernel's Landlock version, 1 or more.

    Raises:
        OSError: There is none: ENOSYS (not built in), EOPNOTSUPP (not enabled at boot), EPERM (a container's filter).
    """
    ask_version = 1
    return kernel.syscall(kernel.LANDLOCK_CREATE_RULESET, None, 0, ask_version)


Rule = tuple[int, int]
"""Rights, and a descriptor of the path beneath which a process has them."""


def restrict(read_paths: Iterable[str], write_paths: Iterable[str], abi: int) -> None:
    """Keep these paths, and what is beneath them, and lose every other file for good. Absent paths are passed over.

    Where the kernel can, this also forbids TCP, abstract sockets and signals that leave the process.

    Raises:
        OSError: The kernel refused.
    """
    rules = open_rules(read_paths, write_paths, abi)
    try:
        enforce(rules, abi)
    finally:
        for _, beneath in rules:
            os.close(beneath)


def open_rules(read_paths: Iterable[str], write_paths: Iterable[str], abi: int) -> list[Rule]:
    """Open the paths that there are, for ``enforce``; whoever asks closes the descriptors."""
    handled = _handled(abi)
    wanted = [(path, _READING) for path in read_paths] + [(path, _WRITING) for path in write_paths]
    return [rule for path, rights in wanted if (rule := _opened(path, rights & handled))]


def enforce(rules: Iterable[Rule], abi: int) -> None:
    """Keep what the rules give and lose every other file for good.

    Raises:
        OSError: The kernel refused.
    """
    ruleset = ruleset_of(rules, abi)
    try:
        kernel.syscall(kernel.LANDLOCK_RESTRICT_SELF, ruleset, 0)
    finally:
        os.close(ruleset)


def ruleset_of(rules: Iterable[Rule], abi: int) -> int:
    """Hand rules to the kernel, without effect yet, and answer the descriptor that it keeps them under.

    Raises:
        OSError: The kernel refused.
    """
    ruleset = kernel.syscall(kernel.LANDLOCK_CREATE_RULESET, *_described(_handled(abi), abi), 0)
    try:
        for rule in rules:
            kernel.syscall(kernel.LANDLOCK_ADD_RULE, ruleset, _PATH_BENEATH, _RULE.pack(*rule), 0)
    except BaseException:
        os.close(ruleset)
        raise
    return ruleset


def _handled(abi: int) -> int:
    return _ALL_OF_VERSION_1 | sum(right for since, right in _ADDED_BY_VERSION.items() if abi >= since)


def _described(handled: int, abi: int) -> tuple[bytes, int]:
    words = [handled]
    if abi >= 4:
        words.append(_TCP_BIND_AND_CONNECT)
    if abi >= 6:
        words.append(_ABSTRACT_SOCKETS_AND_SIGNALS)
    attributes = struct.pack(f"={len(words)}Q", *words)
    return attributes, len(attributes)


def _opened(path: str, rights: int) -> Rule | None:
    try:
        beneath = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except FileNotFoundError:
        return None
    if not stat.S_ISDIR(os.fstat(beneath).st_mode):
        rights &= _OF_A_FILE
    return rights, beneath
