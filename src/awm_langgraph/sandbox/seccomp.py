"""The system call filter: a classic BPF program written here, for x86-64 and aarch64.

What is allowed is listed in ``syscalls.py`` and ``rules.py``; everything else answers EPERM, so that an attempt is an
exception in the code that made it and not a riddle. Only a call of a foreign architecture ends the process.
"""

from __future__ import annotations

import errno
import struct
from functools import cache
from typing import Final

from awm_langgraph.sandbox.rules import RULES, ZYGOTE_RULES, Condition
from awm_langgraph.sandbox.syscalls import (
    ALLOWED,
    CONDITIONAL,
    CONFINING,
    PRETENDED,
    SERVING,
    UNKNOWN,
    UNSUPPORTED,
    Numbers,
)

ARCHITECTURES: Final = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
"""The architectures the filter is written for, with the kernel's word for each (AUDIT_ARCH)."""

KILL_PROCESS: Final = 0x80000000
ALLOW: Final = 0x7FFF0000
_ERRNO: Final = 0x00050000

# Operations of classic BPF, and where struct seccomp_data keeps what they load.
_LOAD, _AND, _JUMP_IF_EQUAL, _JUMP_IF_AT_LEAST, _RETURN = 0x20, 0x54, 0x15, 0x35, 0x06
_NUMBER, _ARCHITECTURE, _ARGUMENTS = 0, 4, 16

Instruction = tuple[int, int, int, int]
"""Operation, instructions to skip if true, if false, operand."""

Block = tuple[Instruction, ...]
"""Instructions that start with the call's number loaded and end with an answer."""


def refusal(number: int) -> int:
    """Say the filter's answer that makes a call fail with the errno ``number``; 0 makes it seem to succeed."""
    return _ERRNO | number


@cache
def program(machine: str, *, is_server: bool, is_zygote: bool = False) -> bytes:
    """Write the filter for a ``machine`` of ARCHITECTURES.

    A server may accept connections on a socket it was given; a zygote may fork, and confine itself further.
    """
    blocks = _blocks(machine, is_server=is_server, is_zygote=is_zygote)
    instructions = (
        (_LOAD, 0, 0, _ARCHITECTURE),
        (_JUMP_IF_EQUAL, 1, 0, ARCHITECTURES[machine]),
        (_RETURN, 0, 0, KILL_PROCESS),
        (_LOAD, 0, 0, _NUMBER),
        *_search(_ranges(blocks)),
    )
    return b"".join(struct.pack("=HBBI", *instruction) for instruction in instructions)


def _blocks(machine: str, *, is_server: bool, is_zygote: bool) -> dict[int, Block]:
    """Map each call's number to its answer; calls of one answer share one block."""
    answers: list[tuple[Numbers, int]] = [
        (ALLOWED | (SERVING if is_server else {}) | (CONFINING if is_zygote else {}), ALLOW),
        (PRETENDED, refusal(0)),
        (UNKNOWN, refusal(errno.ENOSYS)),
        (UNSUPPORTED, refusal(errno.EOPNOTSUPP)),
    ]
    column = list(ARCHITECTURES).index(machine)
    rules = ZYGOTE_RULES if is_zygote else RULES
    named = {name: (numbers, _answer(answer)) for table, answer in answers for name, numbers in table.items()}
    named |= {name: (numbers, _check(rules[name])) for name, numbers in CONDITIONAL.items()}
    return {number: block for numbers, block in named.values() if (number := numbers[column]) is not None}


def _ranges(blocks: dict[int, Block]) -> list[tuple[int, Block]]:
    """Cut the line of all numbers into stretches of one answer: where each begins, and its block.

    What lies between and beyond is refused, the x32 calls, which begin at 0x40000000, among it.
    """
    refused = _answer(refusal(errno.EPERM))
    ranges: list[tuple[int, Block]] = []
    for number in range(max(blocks) + 2):
        block = blocks.get(number, refused)
        if not ranges or ranges[-1][1] != block:
            ranges.append((number, block))
    return ranges


def _search(ranges: list[tuple[int, Block]]) -> Block:
    """Write a binary search: the kernel runs the program for every number when it is installed, so depth costs."""
    if len(ranges) == 1:
        return ranges[0][1]
    middle = len(ranges) // 2
    lower, upper = _search(ranges[:middle]), _search(ranges[middle:])
    return ((_JUMP_IF_AT_LEAST, len(lower), 0, ranges[middle][0]), *lower, *upper)


def _answer(answer: int) -> Block:
    return ((_RETURN, 0, 0, answer),)


def _check(rule: tuple[Condition, ...]) -> Block:
    """Write the conditions of one call: all hold and it is allowed, one does not and it is refused."""
    lengths = [2 + len(condition.values) for condition in rule]
    refused_at = sum(lengths) + 1
    body: list[Instruction] = []
    for condition, length in zip(rule, lengths, strict=True):
        end = len(body) + length
        word = _ARGUMENTS + 8 * condition.argument + (4 if condition.is_high_half else 0)
        body += [(_LOAD, 0, 0, word), (_AND, 0, 0, condition.mask)]
        for value in condition.values:
            after = len(body) + 1
            body.append((_JUMP_IF_EQUAL, end - after, refused_at - after if after == end else 0, value))
    return (*body, (_RETURN, 0, 0, ALLOW), (_RETURN, 0, 0, refusal(errno.EPERM)))
