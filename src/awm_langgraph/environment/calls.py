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
    status = meta.get(STATUS_META)
    return "rejected" if isinstance(status, int) and 400 <= status < 500 else "server_error"
