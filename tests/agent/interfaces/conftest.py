"""A shop with four tools, and the one tool that is not the shop's."""

from typing import Any

import pytest
from langchain_core.tools import BaseTool, StructuredTool


def tool(name: str, description: str, required: tuple[str, ...] = (), **properties: dict[str, Any]) -> BaseTool:
    schema = {"type": "object", "properties": properties, "required": list(required)}
    return StructuredTool(name=name, description=description, args_schema=schema)


@pytest.fixture
def tools() -> list[BaseTool]:
    """Tools with schemas as a server sends them."""
    order_id = {"type": "integer", "description": "Id of the order."}
    return [
        tool("list_orders", "List a customer's orders.", customer_name={"type": "string"}),
        tool("cancel_order", "Cancel one order.", ("order_id",), order_id=order_id),
        tool("refund", "Pay money back.", ("order_id",), order_id=order_id, reason={"type": "string"}),
        tool("set_stock", "Say how many there are.", amounts={"type": "object"}),
    ]


@pytest.fixture
def extra() -> list[BaseTool]:
    """The question to the expert."""
    return [tool("ask_expert", "Ask an expert.", ("question",), question={"type": "string"})]
