"""Traces as OpenTelemetry: a collector that hangs must not keep the program from ending either."""

from __future__ import annotations

import atexit
from collections.abc import Callable
from functools import cache
from threading import Thread
from typing import Any

_ENDING_SECONDS = 1.0
_MADE_BY_SDK = "langsmith.internal_provider"


def flush_spans(timeout_seconds: float) -> None:
    """Let what was exported so far arrive, as far as it goes in that time; the program's end takes a second more."""
    from opentelemetry import trace

    provider: Any = trace.get_tracer_provider()
    if not hasattr(provider, "force_flush"):
        return
    _within(timeout_seconds, lambda: provider.force_flush(int(timeout_seconds * 1000)))
    if provider.resource.attributes.get(_MADE_BY_SDK):
        _end_soon(provider)


@cache
def _end_soon(provider: Any) -> None:
    """Bound what the provider does when the program ends; what is registered last is done first."""
    atexit.register(_within, _ENDING_SECONDS, provider.shutdown)


def _within(seconds: float, work: Callable[[], object]) -> None:
    """Do some work and stop waiting for it after a while; the thread dies with the program."""
    thread = Thread(target=work, name="spans", daemon=True)
    thread.start()
    thread.join(seconds)
