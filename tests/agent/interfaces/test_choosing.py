"""Tool interfaces by name."""

from pathlib import Path
from typing import Any, get_args

import pytest
from langchain_core.tools import BaseTool

from awm_langgraph.agent.interfaces import InterfaceName, interface_named
from awm_langgraph.errors import UsageError
from awm_langgraph.prompts import load

NAMES: tuple[InterfaceName, ...] = get_args(InterfaceName)
RENDERED = Path(__file__).parent / "rendered"
EXPERT = ["ask_expert"]


@pytest.mark.parametrize("name", NAMES)
def test_every_interface_has_the_name_that_it_is_found_by_and_prompts_that_exist(name: InterfaceName) -> None:
    interface = interface_named(name)
    assert interface.name == name
    assert interface.prompts == tuple(sorted(interface.prompts))
    assert all(load(prompt).text for prompt in interface.prompts)


def test_an_unknown_name_is_the_callers_mistake() -> None:
    unknown: Any = "meta"
    with pytest.raises(UsageError, match="native, gateway, text, search, found 'meta'"):
        interface_named(unknown)


@pytest.mark.parametrize(
    ("name", "functions"),
    [
        ("native", ["list_orders", "cancel_order", "refund", "set_stock", *EXPERT]),
        ("gateway", ["list_tools", "call_tool", *EXPERT]),
        ("search", ["search_tools", "call_tool", *EXPERT]),
        ("text", []),
    ],
)
def test_the_model_is_bound_what_the_interface_says(
    name: InterfaceName, functions: list[str], tools: list[BaseTool], extra: list[BaseTool]
) -> None:
    assert [each.name for each in interface_named(name).offered(tools, extra)] == functions


@pytest.mark.parametrize("name", NAMES)
def test_the_briefing_is_the_one_on_record(name: InterfaceName, tools: list[BaseTool], extra: list[BaseTool]) -> None:
    expected = (RENDERED / f"briefing_{name}.txt").read_text(encoding="utf-8")
    assert interface_named(name).briefing(tools, extra) == expected.rstrip("\n")


def test_the_briefing_of_the_text_protocol_names_the_expert_only_where_there_is_one(tools: list[BaseTool]) -> None:
    assert "ask_expert" not in interface_named("text").briefing(tools, [])
