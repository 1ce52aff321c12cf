"""Rewards: pure functions from a trajectory to how well it went and how well help was used."""

from awm_langgraph.rewards.outcome import outcome_of
from awm_langgraph.rewards.shaping import RewardScale, pattern_of, reward_of

__all__ = ["RewardScale", "outcome_of", "pattern_of", "reward_of"]
