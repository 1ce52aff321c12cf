"""Why an environment does not start, in the words of whoever knows."""

from contextlib import AbstractAsyncContextManager
from pathlib import Path

import pytest

from awm_langgraph.catalog.scenario import Scenario
from awm_langgraph.environment.runtime import Server
from awm_langgraph.environment.session import McpSession
from awm_langgraph.errors import EnvironmentBuildError, UntrustedCodeError


class FailingRuntime:
    """Fails with an error of the test's choice."""

    starts_at_once = 1

    def __init__(self, error: Exception) -> None:
        self._error = error

    def live_folder(self, scenario: Scenario, episode_folder: Path) -> Path:
        return episode_folder

    async def close(self) -> None:
        pass

    def serve(self, scenario: Scenario, database: Path, log: Path) -> AbstractAsyncContextManager[Server]:
        raise self._error


async def test_what_the_runtime_stumbled_over_is_told(notes: Scenario, tmp_path: Path) -> None:
    error = ExceptionGroup("several", [ExceptionGroup("one", [OSError("AF_UNIX path too long")])])
    session = McpSession(FailingRuntime(error), notes, tmp_path / "notes.db", tmp_path / "server.log")
    with pytest.raises(EnvironmentBuildError, match=r"server\.log is: \(empty\) \(OSError: AF_UNIX path too long\)"):
        await session.open()


@pytest.mark.parametrize("is_grouped", [False, True])
async def test_a_refusal_of_the_runtime_is_passed_on_as_it_is(
    is_grouped: bool, notes: Scenario, tmp_path: Path
) -> None:
    refusal = UntrustedCodeError("this machine cannot confine it")
    error = ExceptionGroup("one", [refusal]) if is_grouped else refusal
    session = McpSession(FailingRuntime(error), notes, tmp_path / "notes.db", tmp_path / "server.log")
    with pytest.raises(UntrustedCodeError, match="this machine cannot confine it"):
        await session.open()
