"""A process that was killed lets go of what it held before it counts as ended; it forks nothing from then on."""

import asyncio
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from awm_langgraph.environment.fork.channel import is_open, order_pair, pass_order
from awm_langgraph.environment.fork.forked import Forked
from awm_langgraph.environment.fork.interface import Interface
from awm_langgraph.environment.fork.scenario_process import ScenarioZygote

INTERFACE = Interface(
    initialize={}, tools={}, operations={}, refused={}, why_loaded_each_time="", has_startup=False, rehearsal=()
)


@pytest.fixture
def process() -> Iterator[subprocess.Popen[bytes]]:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as process:
        yield process
        process.kill()


def test_an_end_is_open_as_long_as_somebody_holds_the_other_whatever_was_said() -> None:
    ours, theirs = order_pair()
    with closing(ours):
        with closing(theirs):
            assert is_open(ours)
            pass_order(theirs, {"said": "something"}, [])
            assert is_open(ours)
        assert is_open(ours)  # what was said can still be heard
        ours.recv(100)
        assert not is_open(ours)
    assert not is_open(ours)


async def test_a_zygote_that_has_let_go_of_its_orders_is_dead_though_its_process_is_not(
    process: subprocess.Popen[bytes], tmp_path: Path
) -> None:
    ours, theirs = order_pair()
    zygote = ScenarioZygote(Forked(process.pid), ours, INTERFACE, tmp_path)
    seen = [zygote.is_alive]
    theirs.close()
    seen += [zygote.is_alive, zygote.process.is_alive]
    assert seen == [True, False, True]
    waiting = asyncio.create_task(zygote.last_moments())
    process.send_signal(signal.SIGKILL)
    await waiting
    assert not zygote.process.is_alive
    await zygote.end()
