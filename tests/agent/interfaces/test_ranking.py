"""Which tools fit a few words best."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from langchain_core.tools import BaseTool, StructuredTool

from awm_langgraph.agent.interfaces.ranking import best_fitting


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("cancel order", ["cancel_order", "list_orders", "refund"]),
        ("CUSTOMERS", ["list_orders"]),
        ("pay back", ["refund"]),
        ("reason", ["refund"]),
        ("setStock", ["set_stock"]),
        ("set_stock", ["set_stock"]),
        ("refund", ["refund"]),
        ("weather", []),
        ("", []),
        ("?!", []),
    ],
)
def test_tools_are_found_by_name_description_and_parameters(
    tools: list[BaseTool], query: str, names: list[str]
) -> None:
    found = [each.name for each in best_fitting(query, tools, 20)]
    assert found == names


def test_the_limit_is_kept_and_equals_stand_in_the_catalogues_order(tools: list[BaseTool]) -> None:
    same = [StructuredTool(name=f"get_{end}", description="", args_schema={"type": "object"}) for end in "abc"]
    assert [each.name for each in best_fitting("get", same, 2)] == ["get_a", "get_b"]
    assert best_fitting("get", [], 2) == []


@given(st.text())
def test_any_words_can_be_searched(query: str) -> None:
    tool = StructuredTool(name="get", description="Straße 12 naïve", args_schema={"type": "object"})
    assert len(best_fitting(query, [tool], 1)) <= 1


def test_a_word_in_any_script_is_found() -> None:
    tool = StructuredTool(name="get", description="Zeige die Straße und 注文", args_schema={"type": "object"})
    assert best_fitting("straße", [tool], 1) == [tool]
    assert best_fitting("注文", [tool], 1) == [tool]
