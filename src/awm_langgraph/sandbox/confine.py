"""Put the calling process behind its policy, for good."""

from __future__ import annotations

import errno
import os
import resource
import signal
import sys
from collections.abc import Iterable

from awm_langgraph.sandbox.admission import SandboxLevel
from awm_langgraph.sandbox.capabilities import Capabilities, probe
from awm_langgraph.sandbox.policy import Policy


def confine(policy: Policy, level: SandboxLevel, *, keep: Iterable[int] = (), parent_pid: int | None = None) -> None:
    """Confine this process; to be called in a child of ours, with one thread, just before untrusted code runs.

    It does not touch the environment variables: start the process with none that matter.

    Args:
        policy: What is left to the process.
        level: ``strict`` does everything or raises; ``best-effort`` what the kernel can; ``off`` only closes
            descriptors and sets limits.
        keep: The descriptors above 2 that stay open. A datagram socket among them would reach any other.
        parent_pid: Where given, the process is killed when the *thread* that started it ends.

    Raises:
        OSError: The kernel refused a step, or under ``strict`` cannot do all. Do not run the code then.
    """
    capabilities = probe()
    if level == "strict" and not capabilities.is_complete:
        raise OSError(errno.ENOTSUP, f"this machine lacks {'; '.join(capabilities.missing)}")
    _close_descriptors_except(keep)
    os.umask(0o077)
    _limit(policy)
    if sys.platform == "linux":
        _bind_to_parent(parent_pid)
        if level != "off":
            _restrict(policy, capabilities)


def prepare(policy: Policy) -> None:
    """Work out what ``confine`` needs for a policy, in a process whose forks will each be confined by one like it."""
    capabilities = probe()
    if capabilities.has_seccomp:
        _filter_for(policy, capabilities)


def _restrict(policy: Policy, capabilities: Capabilities) -> None:
    from awm_langgraph.sandbox import kernel, landlock

    threads = len(os.listdir("/proc/self/task"))
    if threads != 1:
        # Landlock and the filter bind the calling thread only: another one would stay free.
        raise OSError(errno.EBUSY, f"a process with {threads} threads cannot be confined")
    kernel.drop_capabilities()
    kernel.prctl(kernel.PR_SET_NO_NEW_PRIVS, 1)
    if capabilities.landlock_abi:
        landlock.restrict(policy.read_paths, policy.write_paths, capabilities.landlock_abi)
    if capabilities.has_seccomp:
        kernel.install_filter(_filter_for(policy, capabilities))


def _filter_for(policy: Policy, capabilities: Capabilities) -> bytes:
    from awm_langgraph.sandbox import seccomp

    return seccomp.program(capabilities.machine, is_server=policy.is_server, is_zygote=policy.is_zygote)


def _bind_to_parent(parent_pid: int | None) -> None:
    from awm_langgraph.sandbox import kernel

    if parent_pid is None:
        return
    kernel.prctl(kernel.PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent_pid:
        raise OSError(errno.ESRCH, "the parent ended before its child was bound to it")


def _close_descriptors_except(keep: Iterable[int]) -> None:
    first = 3
    for descriptor in sorted(descriptor for descriptor in set(keep) if descriptor >= first):
        os.closerange(first, descriptor)
        first = descriptor + 1
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    os.closerange(first, most if most != resource.RLIM_INFINITY else 1 << 20)


def _limit(policy: Policy) -> None:
    limits = {
        resource.RLIMIT_CPU: policy.cpu_seconds,
        resource.RLIMIT_FSIZE: policy.file_bytes,
        resource.RLIMIT_NOFILE: policy.open_files,
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_MEMLOCK: 0,
    }
    if sys.platform == "linux":
        # Elsewhere the address space holds so much that is only reserved that no bound fits.
        limits[resource.RLIMIT_AS] = policy.memory_bytes
    for which, amount in limits.items():
        hard = resource.getrlimit(which)[1]
        allowed = amount if hard == resource.RLIM_INFINITY else min(amount, hard)
        resource.setrlimit(which, (allowed, allowed))
