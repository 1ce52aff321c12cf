"""Tell what came of a call from its structure: who refused it, and with which status."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from awm_langgraph.environment.result_meta import REFUSED_REQUEST_META, STATUS_META
from awm_langgraph.episode import CallKind


def kind_of_result(is_error: bool, meta: Mapping[str, Any]) -> CallKind:
    """Classify an MCP result by its error flag and the HTTP status in its metadata, never by its text."""
    if not is_error:
        return "ok"
    if meta.get(REFUSED_REQUEST_META):
        return "invalid_args"
    status = status_of(meta)
    return "rejected" if status is not None and 400 <= status < 500 else "server_error"


def status_of(meta: Mapping[str, Any]) -> int | None:
    """Read the HTTP status in a result's metadata; what is none was written by somebody else's code."""
    status = meta.get(STATUS_META)
    return status if isinstance(status, int) and 100 <= status < 600 else None
