"""Expert-in-the-loop episodes for LangGraph."""

__version__ = "0.1.0.dev0"
