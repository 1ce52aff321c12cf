"""Confinement of processes that are forked from a confined zygote, worked out before they are."""

from __future__ import annotations

import os
import resource

from awm_langgraph.sandbox import kernel, landlock, seccomp
from awm_langgraph.sandbox.admission import SandboxLevel
from awm_langgraph.sandbox.capabilities import probe
from awm_langgraph.sandbox.policy import Policy


class Narrowing:
    """Takes a forked process from its zygote's policy to a narrower one that differs in its folder and its CPU time.

    Made once in the zygote, whose ``confine`` with the same level has set what is not set here again. It holds
    descriptors, which a forked process closes with everything else that is not its own.
    """

    def __init__(self, policy: Policy, level: SandboxLevel) -> None:
        capabilities = probe() if level != "off" else None
        self._cpu_seconds = policy.cpu_seconds
        self._abi = capabilities.landlock_abi if capabilities else 0
        self._rules = landlock.open_rules(policy.read_paths, (os.devnull,), self._abi) if self._abi else []
        self._program = (
            seccomp.program(capabilities.machine, is_server=False) if capabilities and capabilities.has_seccomp else b""
        )

    @property
    def descriptors(self) -> tuple[int, ...]:
        """Descriptors that must be open when it is applied."""
        return tuple(beneath for _, beneath in self._rules)

    def apply(self, folder: str) -> None:
        """Confine this process, just forked and with one thread, to a folder.

        Raises:
            OSError: The kernel refused a step. Do not run the code then.
        """
        resource.setrlimit(resource.RLIMIT_CPU, (self._cpu_seconds, self._cpu_seconds))
        if self._abi:
            landlock.enforce([*self._rules, *landlock.open_rules((), (folder,), self._abi)], self._abi)
        if self._program:
            kernel.install_filter(self._program)

    def rehearse(self, folder: str) -> None:
        """Go through the motions of ``apply`` without effect, for its effect on this process's memory.

        Raises:
            OSError: The kernel refused a step.
        """
        if self._abi:
            own = landlock.open_rules((), (folder,), self._abi)
            os.close(landlock.ruleset_of([*self._rules, *own], self._abi))
            for _, beneath in own:
                os.close(beneath)
