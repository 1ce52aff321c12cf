"""LangSmith's side of the work: prompts in its hub, data sets, evaluators, experiments."""
