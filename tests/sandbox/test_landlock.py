from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

CODE = """
from awm_langgraph.sandbox import kernel, landlock
inner = folder / "inner"
inner.mkdir(exist_ok=True)
kernel.prctl(kernel.PR_SET_NO_NEW_PRIVS, 1)
landlock.restrict(["/usr/lib", str(folder / "absent")], [str(inner)], {abi})
answer = [
    attempt(open(inner / "file", "w").write, "x"),
    attempt(open, folder / "file", "w"),
    attempt(open, "/etc/passwd"),
    attempt(os.mkdir, inner / "folder"),
    attempt(os.rename, inner / "file", inner / "moved"),
    attempt(os.unlink, inner / "moved"),
    attempt(os.symlink, "x", inner / "link"),
    attempt(os.mkfifo, inner / "pipe"),
]
"""


@pytest.mark.parametrize("abi", range(1, 8))
def test_the_rules_of_every_version_hold(confined: Callable[..., Any], tmp_path: Path, abi: int) -> None:
    # A kernel takes the structures of all versions before its own.
    answer = confined(CODE.format(abi=f"min({abi}, landlock.version())"))

    assert answer == ["1", *["PermissionError"] * 2, *["None"] * 3, *["PermissionError"] * 2]
