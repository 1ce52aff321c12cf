"""The same episodes with a person as the expert, who answers the graph's interrupt."""

from awm_langgraph import create_awm_graph

graph = create_awm_graph(name="human_expert", expert_kind="human", expert_tier="schema")
