from __future__ import annotations

import errno
import os
import subprocess
import sys

import pytest

from awm_langgraph.sandbox import kernel

SYS_MEMFD_CREATE = {"x86_64": 319, "aarch64": 279}


def test_a_refusal_is_an_error_with_the_kernels_number() -> None:
    with pytest.raises(OSError) as no_such_call:  # noqa: PT011 -- the number is checked below
        kernel.syscall(2**20)
    with pytest.raises(OSError) as no_such_property:  # noqa: PT011 -- likewise
        kernel.prctl(2**20)

    assert (no_such_call.value.errno, no_such_property.value.errno) == (errno.ENOSYS, errno.EINVAL)


def test_bytes_arrive_as_a_pointer_and_the_answer_comes_back() -> None:
    flags = 0

    number = kernel.syscall(SYS_MEMFD_CREATE[os.uname().machine], b"a-name\0", flags)

    assert "a-name" in os.readlink(f"/proc/self/fd/{number}")
    os.close(number)


def test_a_process_is_seen_by_the_name_that_it_took_as_far_as_there_is_room() -> None:
    program = "from awm_langgraph.sandbox import kernel; kernel.name_process('a-name-that-is-too-long')"
    program += "; print(open('/proc/self/comm').read())"

    said = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout

    assert said.strip() == "a-name-that-is-"
