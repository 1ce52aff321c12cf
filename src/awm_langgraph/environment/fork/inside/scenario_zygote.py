"""A scenario zygote: executes one scenario's code once, warms it, and forks a child for every episode."""

from __future__ import annotations

import gc
import json
import os
import select
import socket
from contextlib import suppress
from pathlib import Path
from typing import Any

from awm_langgraph.environment.fork.briefing import Briefing
from awm_langgraph.environment.fork.channel import pass_order, take_order
from awm_langgraph.environment.fork.inside.application import Application
from awm_langgraph.environment.fork.inside.arguments import ArgumentCheck, schemas_of
from awm_langgraph.environment.fork.inside.child import Child
from awm_langgraph.environment.fork.inside.forking import enter, fall_silent, fork_into, keep_only, log_to
from awm_langgraph.environment.fork.inside.loaded import Loaded, bind_to
from awm_langgraph.environment.fork.inside.rehearsal import Rehearsal
from awm_langgraph.environment.fork.inside.request import operations_of
from awm_langgraph.environment.fork.interface import Calls
from awm_langgraph.environment.fork.starts import is_any_starting
from awm_langgraph.sandbox import confine, kernel, scenario_policy, zygote_scenario_policy
from awm_langgraph.sandbox.narrowing import Narrowing

_SPARES = 1
"""Children that wait, forked already, for an episode of a scenario that had one."""

_QUIET_MILLISECONDS = 10
"""How long nothing must have been asked for: the child that was just forked may want this processor."""

_COLLECT_EVERY = 10_000
"""Objects made between an episode's collections: CPython's 700 are made by every other call, for nothing."""


def run(control: socket.socket, briefing: Briefing) -> None:
    """Become the zygote of a scenario."""
    confine(zygote_scenario_policy(briefing.territory), briefing.level, keep=(control.fileno(),))
    zygote = ScenarioZygote(control, briefing)
    zygote.prepare()
    control.send(b"ready")
    fall_silent()
    zygote.serve()


class ScenarioZygote:
    """Takes the runner's orders for episodes; between them it rehearses, then keeps a child in reserve."""

    def __init__(self, control: socket.socket, briefing: Briefing) -> None:
        interface = briefing.interface
        assert interface is not None
        self._control = control
        self._briefing = briefing
        self._narrowing = Narrowing(scenario_policy(briefing.territory), briefing.level)
        self._operations = operations_of(interface.operations)
        self._check = ArgumentCheck(schemas_of(interface.tools), interface.refused)
        self._is_quiet_at_start = interface.is_quiet_at_start
        self._is_loaded_once = not interface.why_loaded_each_time
        self._calls: Calls = interface.rehearsal or ()
        self._loaded: Loaded | None = None
        self._rehearsal: Rehearsal | None = None
        self._spares: list[socket.socket] = []
        self._wants_spares = False

    def prepare(self) -> None:
        """Load the scenario, unless its code must be executed anew in every episode."""
        gc.disable()
        enter(self._briefing.scratch.parent)
        if self._is_loaded_once:
            self._loaded = Loaded(self._briefing.code, self._briefing.scratch)
            self._rehearse(self._calls)
        self._check.rehearse()

    def serve(self) -> None:
        """Give every order to a child until the runner, or the territory, is gone."""
        poll = select.poll()
        poll.register(self._control, select.POLLIN)
        patience: int | None = _QUIET_MILLISECONDS
        while True:
            if not poll.poll(patience):
                patience = self._use_leisure()
                continue
            taken = take_order(self._control)
            if taken is None:
                return
            order, descriptors = taken
            if order and not self._briefing.scratch.exists():
                # its territory was removed: one of the same name is not the one that it is confined to
                return
            if order:
                self._start_episode(order, descriptors)
            else:
                self._drop_spares()
                with os.fdopen(descriptors[0]) as calls:
                    self._rehearse(json.load(calls))
            patience = _QUIET_MILLISECONDS

    def _rehearse(self, calls: Calls) -> None:
        loaded = self._loaded
        if loaded is not None:
            self._rehearsal = Rehearsal(
                calls,
                database=self._briefing.scratch,
                serve=lambda: self._child_of(loaded),
                release=loaded.release,
            )

    def _start_episode(self, order: dict[str, Any], descriptors: list[int]) -> None:
        try:
            self._hand_over(order, descriptors)
        except OSError as error:
            os.write(descriptors[1], f"cannot fork: {error}\n".encode())
        for descriptor in descriptors:
            os.close(descriptor)
        self._wants_spares = True

    def _hand_over(self, order: dict[str, Any], descriptors: list[int]) -> None:
        while self._spares:
            spare = self._spares.pop()
            # a spare may have been killed
            with spare, suppress(OSError):
                pass_order(spare, order, descriptors)
                return
        fork_into(lambda: self._live(order, *descriptors))

    def _use_leisure(self) -> int | None:
        """Do a little of what can be done before it is needed.

        Answers the milliseconds to wait for an order before the next little; None for ever, as nothing is left to do.
        """
        if self._rehearsal and not self._rehearsal.is_over:
            if is_any_starting(self._briefing.territory):
                return _QUIET_MILLISECONDS
            self._rehearsal.go_on(self._control)
            # one quiet moment is as good as the next
            return 0
        self._wants_spares = self._wants_spares and len(self._spares) < _SPARES
        if self._wants_spares:
            # where there is no room for another process, the next order will tell
            with suppress(OSError):
                self._fork_spare()
                return 0
        return None

    def _fork_spare(self) -> None:
        ours, theirs = socket.socketpair()
        with theirs:
            fork_into(lambda: self._wait(theirs))
        self._spares.append(ours)

    def _drop_spares(self) -> None:
        """End the children in reserve, of which better ones can be had after a rehearsal."""
        self._wants_spares = self._wants_spares or bool(self._spares)
        while self._spares:
            self._spares.pop().close()

    def _wait(self, zygote: socket.socket) -> None:
        kernel.name_process("awm-spare")
        keep_only((zygote.fileno(), *self._narrowing.descriptors))
        self._stretch()
        taken = take_order(zygote)
        if taken is not None:
            order, descriptors = taken
            self._live(order, *descriptors)

    def _stretch(self) -> None:
        """Go through the motions of ``_live``: the memory that they touch is copied now, not while a runner waits."""
        ours, theirs = socket.socketpair()
        with ours, theirs:
            pass_order(theirs, {"database": str(self._briefing.scratch)}, (ours.fileno(),))
            taken = take_order(ours)
        assert taken is not None
        order, (descriptor,) = taken
        database = Path(order["database"])
        fall_silent()
        enter(database.parent)
        self._narrowing.rehearse(str(database.parent))
        with socket.socket(fileno=descriptor):
            bind_to(database)
        if self._loaded is not None:
            self._child_of(self._loaded)

    def _live(self, order: dict[str, Any], stream_fd: int, log: int) -> None:
        """Be the child of one episode."""
        kernel.name_process("awm-episode")
        database = Path(order["database"])
        log_to(log)
        enter(database.parent)
        self._narrowing.apply(str(database.parent))
        keep_only((stream_fd,))
        stream = socket.socket(fileno=stream_fd)
        # told before the scenario's code runs: it may not come back
        stream.send(b"born\n")
        loaded = self._loaded or Loaded(self._briefing.code, database)
        bind_to(database)
        gc.enable()
        gc.set_threshold(_COLLECT_EVERY)
        child = self._child_of(loaded)
        if self._is_quiet_at_start:
            child.serve(stream)
        else:
            child.start_and_serve(stream)

    def _child_of(self, loaded: Loaded) -> Child:
        return Child(Application(loaded.app), self._operations, self._check)
