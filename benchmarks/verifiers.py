"""What a verdict costs in code mode: ``python -m benchmarks.verifiers [--json]``.

Medians of 50, with a moment between two of them, as between the ends of two episodes. A verdict is two runs, of the
verifier and of its control, unless the control is known from an episode of the same task. ``spawn`` is the
published way: an interpreter for each verdict, which runs the verifier once, unconfined.
"""

from __future__ import annotations

import asyncio
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from awm_langgraph.catalog import Catalog
from awm_langgraph.catalog.scenario import VerifierSource
from awm_langgraph.environment.seed import build_database
from awm_langgraph.verifier import verify
from awm_langgraph.verifier.call import call
from benchmarks.figures import Figures, figure, run

ROUNDS = 50
_WARM_UP = 5
_PAUSE_SECONDS = 0.03
_PUBLISHED = """
import sys
names = {}
exec(sys.stdin.read(), names)
names[sys.argv[1]](sys.argv[2], sys.argv[3], "")
"""


def figures() -> Figures:
    """Measure verdicts, and the published way."""
    catalog = Catalog.open("bundled")
    source = catalog.verifier("workflow_automation", 0)
    assert source is not None
    with tempfile.TemporaryDirectory(prefix="awm-bench-") as folder:
        databases = Path(folder, "initial.db"), Path(folder, "final.db")
        for database in databases:
            database.write_bytes(build_database(catalog.scenario("workflow_automation")).image)
        published = [_published(source, *databases) for _ in range(ROUNDS)]
        first = asyncio.run(_verdicts(lambda number: _variant(source, number), *databases))
        known = asyncio.run(_verdicts(lambda _: source, *databases))
    return {
        "verify, code mode": figure(first, "ms", at_most=5, spawn=published),
        "verify, code mode, control known": figure(known, "ms", spawn=published),
    }


async def _verdicts(source_of: Callable[[int], VerifierSource], initial: Path, final: Path) -> list[float]:
    times = []
    for number in range(-_WARM_UP, ROUNDS):
        await asyncio.sleep(_PAUSE_SECONDS)
        began = time.perf_counter()
        verdict = await verify(source_of(number), initial, final, "")
        times.append((time.perf_counter() - began) * 1e3)
        assert verdict.outcome == "incomplete", verdict
    return times[_WARM_UP:]


def _variant(source: VerifierSource, number: int) -> VerifierSource:
    """Write a verifier that has not been seen before and does the same."""
    return source.model_copy(update={"code": f"{source.code}\n# {number}\n"})


def _published(source: VerifierSource, initial: Path, final: Path) -> float:
    began = time.perf_counter()
    command = [sys.executable, "-c", _PUBLISHED, source.function_name, str(initial), str(final)]
    subprocess.run(command, input=source.code, text=True, check=True)
    return (time.perf_counter() - began) * 1e3


def alone(source: VerifierSource, initial: Path, final: Path) -> float:
    """Time a bundled verifier, which is our own code, in this process."""
    began = time.perf_counter()
    call(source.code, source.function_name, source.mode, str(initial), str(final), "")
    return (time.perf_counter() - began) * 1e3


if __name__ == "__main__":
    run(figures, __doc__)
