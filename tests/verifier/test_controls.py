from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from awm_langgraph.catalog.scenario import VerifierSource
from awm_langgraph.verifier.controls import Controls
from awm_langgraph.verifier.run import VerifierRun

Databases = tuple[Path, Path]
Make = Callable[..., VerifierSource]


OTHERS = VerifierRun("success", result="others")


class Runs:
    """A control that answers what it is told to, and counts."""

    def __init__(self, answer: VerifierRun = OTHERS) -> None:
        self.answer = answer
        self.count = 0

    async def __call__(self) -> VerifierRun:
        self.count += 1
        return self.answer


@pytest.fixture
def runs() -> Runs:
    return Runs()


async def test_a_control_is_run_once_for_the_same_verifier_and_the_same_content(
    source: Make, databases: Databases, runs: Runs, tmp_path: Path
) -> None:
    controls, copy = Controls(), tmp_path / "copy.db"
    copy.write_bytes(databases[0].read_bytes())

    found = [await controls.run(source("return {}"), path, "strict", runs) for path in (databases[0], copy)]

    assert found == [runs.answer, runs.answer]
    assert runs.count == 1


async def test_another_verifier_database_level_or_journal_has_a_control_of_its_own(
    source: Make, databases: Databases, runs: Runs
) -> None:
    controls, one, other = Controls(), source("return {}"), source("return {1: 1}")

    await controls.run(one, databases[0], "strict", runs)
    await controls.run(other, databases[0], "strict", runs)
    await controls.run(one, databases[1], "strict", runs)
    await controls.run(one, databases[0], "best-effort", runs)
    Path(f"{databases[0]}-wal").write_bytes(b"more")
    await controls.run(one, databases[0], "strict", runs)

    assert runs.count == 5


@pytest.mark.parametrize("status", ["error", "timeout", "killed"])
async def test_a_control_that_broke_is_run_again(source: Make, databases: Databases, status: str) -> None:
    controls, runs = Controls(), Runs(VerifierRun(status))  # type: ignore[arg-type] # one of the three

    for _ in range(2):
        await controls.run(source("return {}"), databases[0], "strict", runs)

    assert runs.count == 2


async def test_a_database_that_is_not_there_is_left_to_the_run(source: Make, runs: Runs, tmp_path: Path) -> None:
    assert await Controls().run(source("return {}"), tmp_path / "absent.db", "strict", runs) == runs.answer
