"""Rollout: producing episodes in bulk, and keeping every one of them."""
