"""A confined child to try things in, and a machine that runs filter programs."""

from __future__ import annotations

import json
import struct
import subprocess
import sys
import textwrap
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

import awm_langgraph

PACKAGE_ROOT = str(Path(awm_langgraph.__file__).parents[1])

PRELUDE = """
import json, os, sys
sys.path.append({root!r})
from pathlib import Path
from awm_langgraph.sandbox import confine, verifier_policy, http_scenario_policy, scenario_policy, probe

def attempt(action, *arguments):
    try:
        return repr(action(*arguments))
    except BaseException as error:
        return type(error).__name__

folder = Path({folder!r})
policy = {policy}(folder{arguments})
os.chdir(folder)
"""


@pytest.fixture
def confined(tmp_path: Path) -> Callable[..., Any]:
    """Run code in a child that calls ``confine`` when it likes, and answer what it leaves in ``answer``."""

    def run(code: str, *, policy: str = "verifier_policy", pass_fds: Sequence[int] = ()) -> Any:
        arguments = ", 30" if policy == "verifier_policy" else ""
        folder = tmp_path / "own"
        folder.mkdir(exist_ok=True)
        prelude = PRELUDE.format(root=PACKAGE_ROOT, folder=str(folder), policy=policy, arguments=arguments)
        program = f"{prelude}\n{textwrap.dedent(code)}\nprint(json.dumps(answer))"
        done = subprocess.run(
            [sys.executable, "-I", "-S", "-c", program],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
            pass_fds=pass_fds,
        )
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    return run


@pytest.fixture
def filtered() -> Callable[..., int]:
    """Say what a filter program answers to a system call, by running it as the kernel would."""

    def run(program: bytes, architecture: int, number: int, *arguments: int) -> int:
        padded = [argument % 2**64 for argument in (*arguments, *[0] * 6)[:6]]
        data = struct.pack("=IIQ6Q", number, architecture, 0, *padded)
        instructions = list(struct.iter_unpack("=HBBI", program))
        accumulator = position = 0
        while True:
            operation, if_true, if_false, operand = instructions[position]
            position += 1
            match operation:
                case 0x20:
                    accumulator = struct.unpack_from("=I", data, operand)[0]
                case 0x54:
                    accumulator &= operand
                case 0x15:
                    position += if_true if accumulator == operand else if_false
                case 0x35:
                    position += if_true if accumulator >= operand else if_false
                case 0x06:
                    return int(operand)
                case _:
                    raise AssertionError(f"no such operation: {operation:#x}")

    return run
