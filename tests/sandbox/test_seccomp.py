from __future__ import annotations

import errno
import struct
from collections.abc import Callable

import pytest

from awm_langgraph.sandbox.rules import RULES
from awm_langgraph.sandbox.seccomp import ALLOW, ARCHITECTURES, KILL_PROCESS, program, refusal
from awm_langgraph.sandbox.syscalls import ALLOWED, CONDITIONAL, CONFINING, PRETENDED, SERVING, UNKNOWN, UNSUPPORTED

FORBIDDEN = {
    "socket": (41, 198),
    "connect": (42, 203),
    "bind": (49, 200),
    "sendmmsg": (307, 269),
    "fork": (57, None),
    "vfork": (58, None),
    "execve": (59, 221),
    "execveat": (322, 281),
    "kill": (62, 129),
    "tkill": (200, 130),
    "tgkill": (234, 131),
    "rt_sigqueueinfo": (129, 138),
    "pidfd_send_signal": (424, 424),
    "ptrace": (101, 117),
    "process_vm_readv": (310, 270),
    "process_vm_writev": (311, 271),
    "memfd_create": (319, 279),
    "symlinkat": (266, 36),
    "linkat": (265, 37),
    "mknodat": (259, 33),
    "fchownat": (260, 54),
    "truncate": (76, 45),
    "mount": (165, 40),
    "unshare": (272, 97),
    "setns": (308, 268),
    "chroot": (161, 51),
    "bpf": (321, 280),
    "perf_event_open": (298, 241),
    "userfaultfd": (323, 282),
    "keyctl": (250, 219),
    "shmget": (29, 194),
    "mq_open": (240, 180),
    "setrlimit": (160, 164),
    "setpriority": (141, 140),
    "sched_setaffinity": (203, 122),
    "setuid": (105, 146),
    "setsid": (112, 157),
    "inotify_init1": (294, 26),
    "landlock_restrict_self": (446, 446),
    "seccomp": (317, 277),
}

Filtered = Callable[..., int]


@pytest.fixture(params=sorted(ARCHITECTURES))
def machine(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def _numbers(table: dict[str, tuple[int, int | None]], machine: str) -> list[int]:
    column = list(ARCHITECTURES).index(machine)
    return [number for numbers in table.values() if (number := numbers[column]) is not None]


def test_every_call_of_each_table_gets_the_answer_of_its_table(filtered: Filtered, machine: str) -> None:
    answers = {
        ALLOW: ALLOWED,
        refusal(0): PRETENDED,
        refusal(errno.ENOSYS): UNKNOWN,
        refusal(errno.EOPNOTSUPP): UNSUPPORTED,
        refusal(errno.EPERM): FORBIDDEN,
    }
    written = program(machine, is_server=False)

    for answer, table in answers.items():
        given = {number: filtered(written, ARCHITECTURES[machine], number) for number in _numbers(table, machine)}
        assert given == dict.fromkeys(given, answer)


def test_calls_that_no_table_names_are_refused(filtered: Filtered, machine: str) -> None:
    tables = (ALLOWED, PRETENDED, UNKNOWN, UNSUPPORTED, CONDITIONAL)
    named = {number for table in tables for number in _numbers(table, machine)}
    written = program(machine, is_server=False)

    others = [number for number in [*range(1000), 0x40000000, 0x40000039, 0xFFFFFFFF] if number not in named]

    assert {filtered(written, ARCHITECTURES[machine], number) for number in others} == {refusal(errno.EPERM)}


def test_a_call_of_another_architecture_ends_the_process(filtered: Filtered, machine: str) -> None:
    i386 = 0x40000003

    assert filtered(program(machine, is_server=False), i386, 1) == KILL_PROCESS


def test_only_a_server_may_accept_connections(filtered: Filtered, machine: str) -> None:
    for is_server, answer in ((True, ALLOW), (False, refusal(errno.EPERM))):
        written = program(machine, is_server=is_server)
        given = {filtered(written, ARCHITECTURES[machine], number) for number in _numbers(SERVING, machine)}
        assert given == {answer}


def test_a_zygote_may_fork_and_confine_itself_and_nothing_more(filtered: Filtered, machine: str) -> None:
    programs = [program(machine, is_server=False, is_zygote=is_zygote) for is_zygote in (False, True)]
    answers = [[filtered(written, ARCHITECTURES[machine], number) for number in range(500)] for written in programs]

    differing = [number for number, (child, zygote) in enumerate(zip(*answers, strict=True)) if child != zygote]

    assert differing == sorted([*_numbers(CONFINING, machine), *_numbers({"clone": CONDITIONAL["clone"]}, machine)])
    assert {answers[1][number] for number in differing} == {ALLOW}


def test_a_program_fits_what_the_kernel_takes(machine: str) -> None:
    most_instructions = 4096

    written = program(machine, is_server=True)

    assert len(written) % struct.calcsize("=HBBI") == 0
    assert len(written) // 8 <= most_instructions


def test_every_conditional_call_has_its_conditions() -> None:
    assert set(CONDITIONAL) == set(RULES)
