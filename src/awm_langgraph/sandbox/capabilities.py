"""What this machine can do to confine a process, found by asking the kernel."""

from __future__ import annotations

import errno
import os
import struct
import sys
from dataclasses import dataclass
from functools import cache

from awm_langgraph.sandbox.seccomp import ARCHITECTURES


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What confinement rests on, and in words what of it is missing here (nothing: the level ``strict`` works).

    ``landlock_abi`` is the kernel's Landlock version, 0 where there is none.
    """

    system: str
    machine: str
    landlock_abi: int
    has_seccomp: bool
    is_root: bool
    missing: tuple[str, ...]

    @property
    def is_complete(self) -> bool:
        """Tell whether code can be confined in full here."""
        return not self.missing


@cache
def probe() -> Capabilities:
    """Ask the kernel, once per process; changes nothing."""
    system, machine = os.uname().sysname, os.uname().machine
    is_root = os.geteuid() == 0
    if system != "Linux":
        return Capabilities(system, machine, 0, False, is_root, (f"a Linux kernel (this is {system})",))
    abi, landlock_complaint = _landlock()
    seccomp_complaint = _seccomp(machine)
    missing = tuple(complaint for complaint in (landlock_complaint, seccomp_complaint) if complaint)
    return Capabilities(system, machine, abi, not seccomp_complaint, is_root, missing)


def _landlock() -> tuple[int, str]:
    from awm_langgraph.sandbox import landlock

    try:
        return landlock.version(), ""
    except OSError as error:
        reasons = {
            errno.ENOSYS: "not in this kernel; Linux 5.13 and newer have it",
            errno.EOPNOTSUPP: "in this kernel but not enabled; add landlock to its lsm= boot parameter",
        }
        return 0, f"Landlock ({reasons.get(error.errno or 0, f'refused: {error.strerror}; a container may forbid it')})"


def _seccomp(machine: str) -> str:
    if machine not in ARCHITECTURES or struct.calcsize("P") != 8:
        return f"a seccomp filter for this machine ({machine}; there is one for 64-bit {' and '.join(ARCHITECTURES)})"
    from awm_langgraph.sandbox import kernel

    # A kernel that knows filters looks at the program, which is none, and answers EFAULT; one that does not, EINVAL.
    mode_filter, no_program = 2, 0
    try:
        kernel.prctl(kernel.PR_SET_SECCOMP, mode_filter, no_program)
    except OSError as error:
        if error.errno == errno.EFAULT:
            return ""
        return f"seccomp filters (refused: {error.strerror}; {sys.platform} kernel without CONFIG_SECCOMP_FILTER?)"
    return ""
