"""Expert-in-the-loop episodes: an expert on demand, who knows what the verifier will look for."""

from awm_langgraph import create_awm_graph

graph = create_awm_graph(name="awm")
