from __future__ import annotations

import os

from awm_langgraph.sandbox import Capabilities, probe


def test_a_probe_tells_what_this_machine_is_and_changes_nothing() -> None:
    found = probe()

    assert (found.system, found.machine) == (os.uname().sysname, os.uname().machine)
    assert found.is_root == (os.geteuid() == 0)
    assert found.is_complete == (found.landlock_abi > 0 and found.has_seccomp)


def test_a_machine_is_complete_when_nothing_is_missing() -> None:
    whole = Capabilities("Linux", "x86_64", 3, True, False, ())

    assert whole.is_complete
    assert not Capabilities("Darwin", "arm64", 0, False, False, ("a Linux kernel",)).is_complete
