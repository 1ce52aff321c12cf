import asyncio
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from langchain_core.tools import BaseTool, ToolException, tool
from tests.environment.fork.conftest import ended

from awm_langgraph.environment.own import OwnEnvironment
from awm_langgraph.errors import EnvironmentBuildError, UsageError

SERVER: Any = {
    "transport": "stdio",
    "command": sys.executable,
    "args": [str(Path(__file__).with_name("counting_server.py"))],
}


@tool
def refund(order_id: int) -> str:
    """Refund an order."""
    return {7: "refunded"}[order_id]


@tool
async def ship(order_id: int) -> str:
    """Ship an order."""
    raise ToolException(f"order {order_id} is not paid")


@tool
async def wait_for_ever() -> str:
    """Wait."""
    await asyncio.Event().wait()
    return "never"


def environment(*tools: BaseTool, seconds: float = 30.0, **connections: Any) -> OwnEnvironment:
    return OwnEnvironment(tools, connections, call_timeout_seconds=seconds)


@pytest.fixture
async def counting() -> AsyncIterator[OwnEnvironment]:
    opened = environment(refund, counting=SERVER)
    await opened.open()
    yield opened
    await opened.close()


@pytest.mark.parametrize(
    ("name", "arguments", "kind", "text"),
    [
        ("refund", {"order_id": 7}, "ok", "refunded"),
        ("refund", {"order_id": "7"}, "ok", "refunded"),
        ("refund", {"order_id": 8}, "server_error", "Error: KeyError: 8"),
        ("refund", {}, "invalid_args", "Error: the arguments do not fit: order_id: Field required"),
        ("ship", {"order_id": 7}, "rejected", "Error: order 7 is not paid"),
        ("refnd", {}, "tool_not_found", "Error: there is no tool 'refnd'; there are: refund, ship"),
    ],
)
async def test_what_came_of_a_call_is_told_by_structure(
    name: str, arguments: dict[str, Any], kind: str, text: str
) -> None:
    own = environment(refund, ship)
    await own.open()
    outcome = await own.call(name, arguments)
    assert (outcome.kind, outcome.text, outcome.name, outcome.arguments) == (kind, text, name, arguments)


async def test_a_call_that_takes_too_long_is_ended() -> None:
    own = environment(wait_for_ever, seconds=0.01)
    await own.open()
    assert (await own.call("wait_for_ever", {})).kind == "timeout"


async def test_an_episode_has_one_session_with_a_server_which_remembers(counting: OwnEnvironment) -> None:
    assert [one.name for one in counting.tools] == ["refund", "count", "fail", "die"]
    first = await counting.call("count", {"by": 2})
    second = await counting.call("count", {"by": 3})
    assert first.text.startswith("sum 2 ")
    assert second.text.startswith("sum 5 ")


async def test_a_servers_refusal_and_wrong_arguments_are_told_apart(counting: OwnEnvironment) -> None:
    assert (await counting.call("fail", {})).kind == "rejected"
    wrong = await counting.call("count", {"by": "many"})
    assert (wrong.kind, wrong.text) == (
        "invalid_args",
        "Error: the arguments do not fit: 'many' is not of type 'integer'",
    )


async def test_a_server_that_dies_is_the_environments_failure_and_harms_no_other_tool(
    counting: OwnEnvironment,
) -> None:
    assert (await counting.call("die", {})).kind == "environment_error"
    assert (await counting.call("count", {"by": 1})).kind == "environment_error"
    assert (await counting.call("refund", {"order_id": 7})).text == "refunded"
    assert not counting.is_alive


async def test_closing_ends_the_server_and_may_be_done_twice() -> None:
    own = environment(counting=SERVER)
    await own.open()
    pid = int((await own.call("count", {"by": 1})).text.rpartition(" ")[2])
    await own.close()
    await own.close()
    assert await asyncio.to_thread(ended, pid)


async def test_a_server_that_cannot_be_started_is_said_in_one_line() -> None:
    gone: Any = {"transport": "stdio", "command": sys.executable, "args": ["-c", "raise SystemExit(3)"]}
    own = environment(gone=gone)
    with pytest.raises(EnvironmentBuildError, match="expected MCP servers at gone, cannot use them") as raised:
        await own.open()
    assert "\n" not in str(raised.value)


async def test_two_tools_of_one_name_are_refused() -> None:
    own = environment(refund, refund)
    with pytest.raises(UsageError, match="found 'refund' twice"):
        await own.open()
