"""The same state machine on tools that have nothing to do with AWM: put yours in place of these."""

from awm_langgraph import create_expert_graph
from awm_langgraph.episode import Call, Solution

STOCK = {"tea": 3, "coffee": 0}


def look_up_stock(product: str) -> str:
    """Tell how many packets of a product are in stock."""
    return f"{STOCK[product]} packets of {product}"


def order(product: str, packets: int) -> str:
    """Order packets of a product from the supplier."""
    return f"ordered {packets} packets of {product}"


LOOK = Call(tool="look_up_stock", arguments={"product": "tea"})
ORDER = Call(tool="order", arguments={"product": "tea", "packets": 2})

graph = create_expert_graph(
    None,  # the agent's model: AWM_AGENT_*, or the context's
    [look_up_stock, order],
    None,  # the expert's model: AWM_EXPERT_*, or the context's
    name="own_tools",
    # what scripts play where no model is named
    solutions={"Order two packets of tea.": Solution(calls=(LOOK, ORDER), final_answer="Two packets are ordered.")},
    seed=1,  # with it the script gets a name wrong, and is helped
)
