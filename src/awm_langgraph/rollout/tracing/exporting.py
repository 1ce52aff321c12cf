"""Traces as OpenTelemetry: a collector gets no key, and one that hangs does not keep the program from ending either."""

from __future__ import annotations

import atexit
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from threading import Thread
from typing import Any, Literal, get_args
from urllib.parse import urlsplit

from awm_langgraph.errors import UsageError
from awm_langgraph.langsmith_service import Service, langsmith_variable

TracingMode = Literal["langsmith", "otel", "hybrid"]

_ENDPOINTS = ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT")
_HEADERS = "OTEL_EXPORTER_OTLP_HEADERS"
_NO_KEY = "x-sent-by=awm-langgraph"
_ENDING_SECONDS = 1.0
_MADE_BY_SDK = "langsmith.internal_provider"


def tracing_mode() -> TracingMode:
    """Read where traces go, from ``LANGSMITH_TRACING_MODE`` or the two older variables that still stand for it.

    Raises:
        UsageError: it is no such place.
    """
    if mode := langsmith_variable("TRACING_MODE"):
        for one in get_args(TracingMode):
            if one == mode.lower():
                found: TracingMode = one
                return found
        raise UsageError(f"LANGSMITH_TRACING_MODE: expected langsmith, otel or hybrid, found {mode!r}: correct it")
    if _is_true("OTEL_ONLY"):
        return "otel"
    return "hybrid" if _is_true("OTEL_ENABLED") else "langsmith"


def collector() -> str:
    """Name the collector that the environment chooses; "" for LangSmith's own."""
    return next((place for name in _ENDPOINTS if (place := os.environ.get(name))), "")


@contextmanager
def keyless_to_others(service: Service | None) -> Iterator[None]:
    """Keep the SDK, while it makes its exporter, from telling LangSmith's key to a collector that is not LangSmith's.

    It does so wherever the environment names a collector and no headers for it (langsmith 0.14).
    """
    place = collector()
    is_langsmith = service is not None and urlsplit(place).netloc == urlsplit(service.url).netloc
    if not place or is_langsmith or os.environ.get(_HEADERS):
        yield
        return
    os.environ[_HEADERS] = _NO_KEY
    try:
        yield
    finally:
        del os.environ[_HEADERS]


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


def _is_true(name: str) -> bool:
    return (langsmith_variable(name) or "").lower() in ("true", "1")


def _within(seconds: float, work: Callable[[], object]) -> None:
    """Do some work and stop waiting for it after a while; the thread dies with the program."""
    thread = Thread(target=work, name="spans", daemon=True)
    thread.start()
    thread.join(seconds)
