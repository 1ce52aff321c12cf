"""The tools of an agent as an expert sees them."""

from typing import Any

from langchain_core.tools import StructuredTool, tool
from langgraph.prebuilt import ToolRuntime

from awm_langgraph.experts import ask_expert_tool
from awm_langgraph.middleware.tools import schemas_of


@tool
def refund(order_id: int, runtime: ToolRuntime, reason: str = "") -> str:
    """Refund an order."""
    return "refunded"


def test_a_tool_is_seen_with_what_a_model_may_fill_in() -> None:
    (schema,) = schemas_of([refund])
    assert (schema.name, schema.description) == ("refund", "Refund an order.")
    assert schema.input_schema["properties"] == {
        "order_id": {"type": "integer"},
        "reason": {"default": "", "type": "string"},
    }
    assert schema.input_schema["required"] == ["order_id"]


def test_a_tool_loaded_over_mcp_is_seen_with_its_own_schema() -> None:
    own = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
    remote = StructuredTool(name="weather", description="Tell the weather.", args_schema=own, func=lambda city: city)
    assert [schema.input_schema for schema in schemas_of([remote])] == [own]


def test_the_expert_itself_and_tools_of_the_models_provider_are_left_out() -> None:
    function = {"name": "add", "description": "Add.", "parameters": {"type": "object", "properties": {}}}
    tools: list[Any] = [ask_expert_tool(), {"type": "web_search"}, {"type": "function", "function": function}]
    assert [schema.name for schema in schemas_of(tools)] == ["add"]
