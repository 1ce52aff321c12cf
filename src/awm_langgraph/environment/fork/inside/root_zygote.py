"""The root zygote: a process that has imported the libraries and forks scenario zygotes and tool builders.

Run as ``python -m awm_langgraph.environment.fork.inside.root_zygote CONTROL_FD RUNNER_PID LIVE_ROOT`` without the
runner's environment. It never executes a scenario's code itself. It ends when the runner does, and takes everything
that comes from it and the live databases with it.
"""

from __future__ import annotations

import gc
import os
import select
import shutil
import signal
import socket
import sys
import time
import warnings
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from awm_langgraph.environment.fork.briefing import Briefing
from awm_langgraph.environment.fork.channel import take_order
from awm_langgraph.environment.fork.inside import libraries, scenario_zygote, tool_builder  # noqa: F401 - for the forked
from awm_langgraph.environment.fork.inside.forking import (
    adopt_orphans,
    fork_into,
    keep_only,
    log_to,
    reap_nothing,
    use_log_streams,
)
from awm_langgraph.environment.fork.inside.watch import LOOK_MILLISECONDS, Watch
from awm_langgraph.environment.fork.live_root import sweep
from awm_langgraph.sandbox import kernel, probe

_ROLES: dict[str, Any] = {"scenario": scenario_zygote.run, "tools": tool_builder.run}
_SECONDS_BETWEEN_LOOKS = 0.005


class RootZygote:
    """Takes the runner's orders, one at a time."""

    def __init__(self, control: socket.socket, runner: int, live_root: Path) -> None:
        self._control = control
        self._watch = Watch(live_root)
        self._territories: dict[int, Path] = {}
        # the kernel's death signal would come when the runner's *thread* that started this process ends
        self._runner = os.pidfd_open(runner)
        self._forked: dict[int, int] = {}
        self._poll = select.poll()
        for descriptor in (control.fileno(), self._runner):
            self._poll.register(descriptor, select.POLLIN)

    def serve(self) -> None:
        """Fork what is ordered until the runner is gone."""
        while True:
            for descriptor, _ in self._poll.poll(LOOK_MILLISECONDS if self._forked else None):
                if descriptor in self._forked:
                    self._bury(descriptor)
                elif descriptor == self._runner or not self._obey():
                    return
            for leader in self._watch.offenders(self._territories):
                _kill_group(leader)

    def end_all(self) -> None:
        """End every process that comes from here, and wait until none is left."""
        for pid in self._forked.values():
            _kill_group(pid)
        while _kill_children():
            time.sleep(_SECONDS_BETWEEN_LOOKS)

    def _obey(self) -> bool:
        taken = take_order(self._control)
        if taken is None:
            return False
        order, descriptors = taken
        try:
            pid = fork_into(lambda: _become(order["role"], descriptors))
        except OSError as error:
            _, _, log, *_ = descriptors
            os.write(log, f"cannot fork: {error}\n".encode())
        else:
            handle = os.pidfd_open(pid)
            self._forked[handle] = pid
            self._territories[pid] = Path(order["territory"])
            self._poll.register(handle, select.POLLIN)
        for descriptor in descriptors:
            os.close(descriptor)
        return True

    def _bury(self, handle: int) -> None:
        """Forget a forked process that has ended, and end what it left behind."""
        self._poll.unregister(handle)
        os.close(handle)
        leader = self._forked.pop(handle)
        del self._territories[leader]
        _kill_group(leader)


def main() -> None:
    """Serve one runner."""
    kernel.name_process("awm-root")
    control, runner, live_root = socket.socket(fileno=int(sys.argv[1])), int(sys.argv[2]), Path(sys.argv[3])
    warnings.simplefilter("ignore")
    use_log_streams()
    reap_nothing()
    adopt_orphans()
    probe()
    gc.collect()
    gc.freeze()
    sweep(live_root)
    zygote = RootZygote(control, runner, live_root)
    control.send(b"born")
    try:
        zygote.serve()
    finally:
        zygote.end_all()
        shutil.rmtree(live_root, ignore_errors=True)


def _become(role: str, descriptors: Sequence[int]) -> None:
    """Take up a role; ``descriptors`` are a control socket, a briefing, a log and what the role wants."""
    control_fd, briefing, log, *own = descriptors
    # a confined process cannot leave its group: whatever it forks can be ended with one signal
    os.setpgid(0, 0)
    kernel.name_process(f"awm-{role}")
    log_to(log)
    keep_only((control_fd, briefing, *own))
    control = socket.socket(fileno=control_fd)
    control.send(b"born")
    _ROLES[role](control, Briefing.read(briefing), *own)


def _kill_group(leader: int) -> None:
    with suppress(ProcessLookupError):
        os.killpg(leader, signal.SIGKILL)


def _kill_children() -> bool:
    """Kill this process's children, adopted ones too; tell whether there was any."""
    found = _children()
    for pid in found:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    return bool(found)


def _children() -> list[int]:
    ours = str(os.getpid())
    found = []
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            with suppress(OSError):
                after_name = Path("/proc", entry, "stat").read_text().rpartition(")")[2].split()
                if after_name[1] == ours:
                    found.append(int(entry))
    return found


if __name__ == "__main__":
    main()
