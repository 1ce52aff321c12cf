from typing import Literal

import pytest

from awm_langgraph.environment import runtime_for
from awm_langgraph.environment.fork.runtime import ForkRuntime
from awm_langgraph.environment.spawn import SpawnRuntime
from awm_langgraph.errors import UsageError
from awm_langgraph.settings import Settings


@pytest.mark.parametrize(
    ("asked", "obstacle", "expected"),
    [
        ("auto", "", ForkRuntime),
        ("fork", "", ForkRuntime),
        ("spawn", "", SpawnRuntime),
        ("auto", "it needs Linux, found darwin", SpawnRuntime),
        ("spawn", "it needs Linux, found darwin", SpawnRuntime),
    ],
)
def test_forking_is_preferred_where_it_is_possible(
    asked: Literal["auto", "fork", "spawn"], obstacle: str, expected: type, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ForkRuntime, "obstacle", staticmethod(lambda: obstacle))
    assert isinstance(runtime_for(Settings.load(runtime=asked)), expected)


def test_forking_that_was_asked_for_is_not_silently_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ForkRuntime, "obstacle", staticmethod(lambda: "it needs Linux, found darwin"))
    with pytest.raises(UsageError, match="--runtime=spawn"):
        runtime_for(Settings.load(runtime="fork"))
