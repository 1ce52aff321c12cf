"""A LangSmith on loopback, and settings that name it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import SecretStr

from awm_langgraph.langsmith_service import Service
from awm_langgraph.testing import LangSmithServer

KEY = "lsv2-a-key-that-is-none"


@pytest.fixture
def server() -> Iterator[LangSmithServer]:
    with LangSmithServer() as served:
        yield served


@pytest.fixture
def service(server: LangSmithServer) -> Service:
    return Service(server.url, SecretStr(KEY))


@pytest.fixture
def traced_here(server: LangSmithServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> LangSmithServer:
    """Let the environment ask for traces to the server; what it does not take is kept in ``kept``."""
    monkeypatch.setenv("LANGSMITH_TRACING", "true")
    monkeypatch.setenv("LANGSMITH_API_KEY", KEY)
    monkeypatch.setenv("LANGSMITH_ENDPOINT", server.url)
    monkeypatch.setenv("LANGSMITH_PROJECT", "desk")
    monkeypatch.setenv("LANGSMITH_FAILED_TRACES_DIR", str(tmp_path / "kept"))
    return server
