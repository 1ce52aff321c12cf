"""Ask a model about what must not leave this machine."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from langchain_core.runnables.config import ensure_config, var_child_runnable_config


@contextmanager
def untraced() -> Iterator[None]:
    """Let no trace and no callback see what runs inside: a verifier's source, which is not for others to keep.

    Everything else that LangGraph hands down, what an interrupt needs above all, stays.
    """
    from langsmith import tracing_context

    token = var_child_runnable_config.set({**ensure_config(), "callbacks": []})
    try:
        with tracing_context(enabled=False):
            yield
    finally:
        var_child_runnable_config.reset(token)
