"""Environments made of a user's own tools, which no runtime of ours serves and no snapshot holds."""

from awm_langgraph.environment.own.environment import OwnEnvironment

__all__ = ["OwnEnvironment"]
