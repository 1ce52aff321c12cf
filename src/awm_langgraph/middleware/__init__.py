"""The expert for agents that LangChain's ``create_agent`` makes."""

from awm_langgraph.middleware.expert import ExpertMiddleware

__all__ = ["ExpertMiddleware"]
