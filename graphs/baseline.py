"""The same episodes without an expert, to compare with."""

from awm_langgraph import create_awm_graph

graph = create_awm_graph(name="baseline", expert_kind="none")
