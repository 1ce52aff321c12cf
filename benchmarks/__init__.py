"""Figures beside their targets; never part of the test run."""
