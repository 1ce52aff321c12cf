"""What the commands do that talk to a running LangGraph server, as Studio does."""
