"""Episodes as LangSmith traces: one root run each, with feedback, delivered without keeping anybody waiting."""
