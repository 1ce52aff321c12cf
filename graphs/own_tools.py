"""The same state machine on tools that have nothing to do with AWM: put yours in place of these."""

from awm_langgraph import create_expert_graph

STOCK = {"tea": 3, "coffee": 0}


def look_up_stock(product: str) -> str:
    """Tell how many packets of a product are in stock."""
    return f"{STOCK[product]} packets of {product}"


def order(product: str, packets: int) -> str:
    """Order packets of a product from the supplier."""
    return f"ordered {packets} packets of {product}"


graph = create_expert_graph(None, [look_up_stock, order], None, name="own_tools")  # None: AWM_AGENT_*, AWM_EXPERT_*
