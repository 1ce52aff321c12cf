"""Whether and where the episodes of a run are traced, decided when the run is opened."""

from __future__ import annotations

import asyncio
import json
import logging
import time
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID

from pydantic import SecretStr

from awm_langgraph.episode import Trajectory
from awm_langgraph.langsmith_service import Service, configured_service, langsmith_variable
from awm_langgraph.rollout.tracing.delivery import FEEDBACK
from awm_langgraph.rollout.tracing.exporting import collector, flush_spans, tracing_mode
from awm_langgraph.rollout.tracing.labels import feedback_on
from awm_langgraph.rollout.tracing.letters import Letter
from awm_langgraph.rollout.tracing.outbox import Outbox

if TYPE_CHECKING:
    from langsmith import Client

_CLOSING_SECONDS = 3.0
"""For all that is on its way, wherever it goes."""
_FLUSH_SECONDS = 30.0
"""For the SDK to hand over what it holds; no service is waited for then, and what it held back would be lost."""
_BYTES_PER_MB = 1024 * 1024
_BUDGET_MB = 100

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Tracing:
    """How a run is traced. Without an outbox nobody is told how its episodes went, without a client nothing is sent.

    ``is_silent`` keeps LangChain from tracing on its own account, which it does wherever the environment says so.
    """

    outbox: Outbox | None = None
    client: Client | None = None
    project: str = ""
    is_silent: bool = False

    @contextmanager
    def applied(self) -> Iterator[None]:
        """Trace what runs inside; whoever has chosen a tracing context around it has chosen already."""
        from langsmith import get_tracing_context, tracing_context

        is_chosen = get_tracing_context()["enabled"] is not None
        if is_chosen or not (self.client or self.is_silent):
            yield
            return
        with tracing_context(enabled=not self.is_silent, client=self.client, project_name=self.project or None):
            yield

    def report(self, trajectory: Trajectory, root: UUID | None) -> None:
        """Send how an episode went, as feedback on its root run; inside another trace it has none of its own."""
        from langsmith import get_tracing_context

        if self.outbox is not None and root is not None and get_tracing_context()["parent"] is None:
            content = {"project": self.project, "feedback": feedback_on(trajectory, root)}
            self.outbox.put(Letter(FEEDBACK, {"content-type": "application/json"}, json.dumps(content).encode()))

    def close(self) -> None:
        """Deliver what is on its way, for a few seconds at most; say where the rest is kept."""
        left_seconds = _CLOSING_SECONDS
        if self.client is not None:
            self.client.flush(_FLUSH_SECONDS)
            self.client.close(timeout=0)
            if self.client.otel_exporter is not None:
                began = time.monotonic()
                flush_spans(_CLOSING_SECONDS / 2 if self.outbox else _CLOSING_SECONDS)
                left_seconds = max(left_seconds / 2, left_seconds - (time.monotonic() - began))
        if self.outbox is None:
            return
        self.outbox.close(left_seconds)
        if self.outbox.kept:
            _log.warning(
                "LangSmith did not take everything%s; %d letters with traces are kept in %s: send them with "
                "`awm-langgraph traces send`",
                f" ({self.outbox.trouble})" if self.outbox.trouble else "",
                self.outbox.kept,
                self.outbox.folder,
            )
        if self.outbox.lost:
            _log.warning("%d letters with traces are lost: no room in %s", self.outbox.lost, self.outbox.folder)


@asynccontextmanager
async def traced(runs: Path) -> AsyncIterator[Tracing]:
    """Trace the episodes inside as the surrounding tracing context, else the environment or ``.env``, says.

    Closing takes at most a few seconds, whatever the service does.

    Args:
        runs: the folder of the runs, where undelivered traces are kept unless ``LANGSMITH_FAILED_TRACES_DIR`` is set.

    Raises:
        UsageError: the service's address is none, or ``LANGSMITH_TRACING_MODE`` no mode.
    """
    tracing = await asyncio.to_thread(_chosen, kept_traces(runs))
    try:
        with tracing.applied():
            yield tracing
    finally:
        await asyncio.shield(asyncio.to_thread(tracing.close))


def kept_traces(runs: Path) -> Path:
    """Name the folder for traces that were not delivered."""
    return Path(langsmith_variable("FAILED_TRACES_DIR") or runs / ".shared" / "traces")


def _chosen(folder: Path) -> Tracing:
    from langsmith import get_tracing_context

    context = get_tracing_context()
    if context["enabled"] is False or context["parent"] is not None:
        # inside another trace an episode is its child, goes where that goes, and is judged by whoever made it
        return Tracing()
    if context["enabled"]:
        return _around(context, folder)
    if not _is_wished():
        return Tracing()
    service = configured_service()
    if service is None and not _has_collector():
        _log.warning("LANGSMITH_TRACING is set, LANGSMITH_API_KEY is not: nothing is traced")
        return Tracing(is_silent=True)
    return _own(service, folder)


def _own(service: Service | None, folder: Path) -> Tracing:
    """Trace through a client of our own, which never waits for the service."""
    from awm_langgraph.rollout.tracing.clients import tracing_client

    outbox = None if service is None else Outbox(service, folder, budget_bytes=_budget_bytes())
    project = langsmith_variable("PROJECT") or "default"
    return Tracing(outbox, tracing_client(service, outbox), project)


def _around(context: Mapping[str, Any], folder: Path) -> Tracing:
    """Leave the traces to the client of whoever asked for them; only the feedback is ours."""
    client: Client | None = context["client"]
    service = configured_service()
    if client is not None and client.api_key:
        service = Service(client.api_url.rstrip("/"), SecretStr(client.api_key), workspace=client.workspace_id)
    project = context["project_name"] or langsmith_variable("PROJECT") or "default"
    if service is None:
        return Tracing()
    return Tracing(Outbox(service, folder, budget_bytes=_budget_bytes()), project=project)


def _is_wished() -> bool:
    return any((langsmith_variable(name) or "").lower() == "true" for name in ("TRACING", "TRACING_V2"))


def _has_collector() -> bool:
    """Tell whether traces go to a collector of OpenTelemetry's, for which no key of LangSmith's is needed."""
    return tracing_mode() == "otel" and bool(collector())


def _budget_bytes() -> int:
    given = langsmith_variable("FAILED_TRACES_MAX_MB") or ""
    return (int(given) if given.isdigit() else _BUDGET_MB) * _BYTES_PER_MB
