"""The LangSmith client that a run's traces go through."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

from langsmith import Client

from awm_langgraph.langsmith_service import Service, langsmith_variable
from awm_langgraph.rollout.tracing.exporting import flush_spans, keyless_to_others, tracing_mode
from awm_langgraph.rollout.tracing.outbox import Outbox
from awm_langgraph.rollout.tracing.posting import PostingSession
from awm_langgraph.settings import masker

_LONGEST_SENDING_SECONDS = 30.0
_LONGEST_EXPORT_SECONDS = 3.0
_INFO = {
    "batch_ingest_config": {
        "use_multipart_endpoint": True,
        "size_limit": 100,
        "size_limit_bytes": 20_971_520,
        "scale_up_qsize_trigger": 1000,
        "scale_up_nthreads_limit": 4,
        "scale_down_nempty_trigger": 4,
    }
}
"""What the service would say of itself: the SDK asks for it first, and would wait there for one that hangs."""


def tracing_client(service: Service | None, outbox: Outbox | None) -> Client:
    """Make a client whose traces go to the outbox, to OpenTelemetry, or both, as ``LANGSMITH_TRACING_MODE`` says.

    Without an outbox they go to OpenTelemetry alone. What goes there passes no outbox: keys are taken out of it before.

    Raises:
        UsageError: ``LANGSMITH_TRACING_MODE`` says something else.
    """
    logging.getLogger("langsmith.client").addFilter(_is_news)
    mode = tracing_mode()
    with keyless_to_others(service):
        return Client(
            api_url=service.url if service else None,
            api_key=service.key.get_secret_value() if service else None,
            workspace_id=service.workspace if service else None,
            session=PostingSession(outbox) if outbox else None,
            info=_INFO,
            tracing_mode=mode,
            **_hiding(),
            anonymizer=None if mode == "langsmith" else cleaner(),  # the outbox takes keys out on the way
            disable_prompt_cache=True,
        )


def experiment_client(service: Service) -> Client:
    """Make a client for an experiment, whose traces the SDK sends itself; end it with `close_experiment_client`."""
    with keyless_to_others(service):
        return service.client(auto_batch_tracing=True, anonymizer=cleaner(), tracing_mode=tracing_mode(), **_hiding())


def close_experiment_client(client: Client) -> None:
    """Let what an experiment's client holds arrive; a collector that hangs is waited for a few seconds only."""
    client.close(timeout=_LONGEST_SENDING_SECONDS)
    if client.otel_exporter is not None:
        flush_spans(_LONGEST_EXPORT_SECONDS)


def _hiding() -> dict[str, Any]:
    """Say what is to be left out, as ``LANGSMITH_HIDE_...`` wish; the SDK would not look into ``.env`` for them."""
    wishes = {f"hide_{name.lower()}": langsmith_variable(f"HIDE_{name}") for name in ("INPUTS", "OUTPUTS", "METADATA")}
    return {name: True for name, wish in wishes.items() if wish == "true"}


def _is_news(record: logging.LogRecord) -> bool:
    """Drop the SDK's remark that nothing is compressed: the outbox does that, on the way out."""
    return not record.getMessage().startswith("Run compression is not enabled")


def cleaner() -> Callable[[Any], Any]:
    """Make an ``anonymizer``: what takes the keys that are known now out of inputs and outputs."""
    mask = masker()

    def clean(value: Any) -> Any:
        if isinstance(value, str):
            return mask(value)
        if isinstance(value, dict):
            return {name: clean(part) for name, part in value.items()}
        return [clean(part) for part in value] if isinstance(value, list | tuple) else value

    return clean
