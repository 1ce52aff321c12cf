"""Which variables send traces to OpenTelemetry, and what a collector is told."""

import os

import pytest
from pydantic import SecretStr

from awm_langgraph.errors import UsageError
from awm_langgraph.langsmith_service import Service
from awm_langgraph.rollout.tracing.exporting import keyless_to_others, tracing_mode

SERVICE = Service("https://langsmith.example", SecretStr("a-key"))
ENDPOINT = "OTEL_EXPORTER_OTLP_ENDPOINT"
HEADERS = "OTEL_EXPORTER_OTLP_HEADERS"


@pytest.mark.parametrize(
    ("variables", "mode"),
    [
        ({}, "langsmith"),
        ({"LANGSMITH_TRACING_MODE": "HYBRID"}, "hybrid"),
        ({"LANGSMITH_OTEL_ENABLED": "true"}, "hybrid"),
        ({"LANGSMITH_OTEL_ENABLED": "true", "LANGSMITH_OTEL_ONLY": "1"}, "otel"),
        ({"LANGSMITH_TRACING_MODE": "langsmith", "LANGSMITH_OTEL_ENABLED": "true"}, "langsmith"),
    ],
)
def test_the_older_variables_count_where_the_newer_one_is_not_set(
    variables: dict[str, str], mode: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert tracing_mode() == mode


def test_a_mode_that_is_none_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LANGSMITH_TRACING_MODE", "both")
    with pytest.raises(UsageError, match="expected langsmith, otel or hybrid, found 'both'"):
        tracing_mode()


@pytest.mark.parametrize(
    ("endpoint", "headers", "inside"),
    [
        ("https://collector.example", "", "x-sent-by=awm-langgraph"),
        ("https://collector.example", "a=b", "a=b"),
        (f"{SERVICE.url}/otel", "", ""),
        ("", "", ""),
    ],
)
def test_only_a_collector_elsewhere_that_has_no_headers_gets_some_instead_of_the_key(
    endpoint: str, headers: str, inside: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in ((ENDPOINT, endpoint), (HEADERS, headers)):
        monkeypatch.setenv(name, value) if value else monkeypatch.delenv(name, raising=False)
    with keyless_to_others(SERVICE):
        assert os.environ.get(HEADERS, "") == inside
    assert os.environ.get(HEADERS, "") == headers
