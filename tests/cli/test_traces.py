"""Traces from whole programs: a service that is gone, hangs or refuses keeps nobody from working or ending."""

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from awm_langgraph.testing import Behaviour, LangSmithServer, OpenAIServer, hang, text

Cli = Callable[..., subprocess.CompletedProcess[str]]

_LONGEST_SECONDS = 300
_HANGING_SECONDS = 600
NOBODY = "http://127.0.0.1:1"
"""A port that the kernel gives to nobody; that of a server that was closed is soon another's."""
EPISODE = ("run", "support_desk", "--task", "3", "--seed", "1", "--json")


def _wishing(url: str, **more: str) -> dict[str, str]:
    return {"LANGSMITH_TRACING": "true", "LANGSMITH_API_KEY": "a-key-of-no-worth", "LANGSMITH_ENDPOINT": url, **more}


def _ends_soon(process: subprocess.Popen[str]) -> tuple[dict[str, Any], str]:
    """Wait for a program that a service must not hold up: it hangs for longer than this waits."""
    output, errors = process.communicate(timeout=_LONGEST_SECONDS)
    assert process.returncode == 0, errors
    return json.loads(output), errors


def test_a_traced_program_says_nothing_of_it_and_leaves_nothing_behind(cli: Cli, tmp_path: Path) -> None:
    with LangSmithServer() as server:
        answer = cli(*EPISODE, **_wishing(server.url))
    assert (answer.returncode, answer.stderr) == (0, "")
    (root,) = server.records.roots
    assert server.records.feedback_on(root)["completed"]["score"] == 1.0
    assert list((tmp_path / "runs" / ".shared" / "traces").iterdir()) == []


def test_a_service_that_is_gone_costs_nothing_and_gets_its_traces_later(cli: Cli, tmp_path: Path) -> None:
    answer = cli(*EPISODE, **_wishing(NOBODY))
    assert answer.returncode == 0
    assert "send them with `awm-langgraph traces send`" in answer.stderr
    still_gone = cli("traces", "send", **_wishing(NOBODY))
    assert (still_gone.returncode, still_gone.stdout[:14]) == (1, "0 letters sent")
    with LangSmithServer() as server:
        sent = json.loads(cli("traces", "send", "--json", **_wishing(server.url)).stdout)
    assert sent["delivered"] > 0
    assert (sent["refused"], sent["left"]) == (0, 0)
    (root,) = server.records.roots
    assert (root.name, root.is_finished) == ("episode support_desk/3", True)
    assert server.records.feedback_on(root)["completed"]["score"] == 1.0
    assert json.loads(answer.stdout)["outcome"] == "complete"
    assert list((tmp_path / "runs" / ".shared" / "traces").iterdir()) == []


def test_a_key_that_the_service_does_not_know_is_told_when_traces_are_kept_and_when_they_are_sent(cli: Cli) -> None:
    reason = "the service does not know the key: check LANGSMITH_API_KEY"
    with LangSmithServer(Behaviour("refusing", status=401)) as server:
        answer = cli(*EPISODE, **_wishing(server.url))
        sent = cli("traces", "send", **_wishing(server.url))
    assert (answer.returncode, sent.returncode) == (0, 1)
    assert f"LangSmith did not take everything ({reason}); " in answer.stderr
    assert sent.stdout.rstrip().endswith(f"/traces: {reason}")


@pytest.mark.parametrize("manner", ["hanging", "slow"])
def test_a_service_that_hangs_or_is_slow_does_not_keep_the_program_from_ending(
    manner: Any, begin: Callable[..., subprocess.Popen[str]], tmp_path: Path
) -> None:
    with LangSmithServer(Behaviour(manner, seconds=_HANGING_SECONDS)) as server:
        process = begin(*EPISODE, **_wishing(server.url, LANGSMITH_FAILED_TRACES_DIR=str(tmp_path / "kept")))
        result, errors = _ends_soon(process)
        # the service was still hanging when the program had ended
        assert not server.closing.is_set()
        # it is asked what it can read, and sent nothing before it has answered
        assert {one.path for one in server.requests} == {"/info"}
    assert result["outcome"] == "complete"
    assert str(tmp_path / "kept") in errors
    assert [path.suffix for path in (tmp_path / "kept").iterdir()].count(".json") >= 2


def test_a_collector_that_hangs_does_not_keep_the_program_from_ending(
    begin: Callable[..., subprocess.Popen[str]],
) -> None:
    with LangSmithServer(Behaviour("hanging")) as server:
        variables = {"LANGSMITH_TRACING_MODE": "otel", "OTEL_EXPORTER_OTLP_ENDPOINT": server.url}
        result, _ = _ends_soon(begin(*EPISODE, LANGSMITH_TRACING="true", **variables))
        assert {one.path for one in server.requests} == {"/v1/traces"}
    assert result["outcome"] == "complete"


def test_traces_go_to_a_collector_of_open_telemetry_without_a_key(cli: Cli) -> None:
    from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

    with LangSmithServer() as server:
        variables = {"LANGSMITH_TRACING_MODE": "otel", "OTEL_EXPORTER_OTLP_ENDPOINT": f"{server.url}/otel"}
        answer = cli(*EPISODE, LANGSMITH_TRACING="true", **variables)
    assert (answer.returncode, answer.stderr) == (0, "")
    assert {one.path for one in server.requests} == {"/otel/v1/traces"}
    spans = [
        span
        for one in server.requests
        for resource in ExportTraceServiceRequest.FromString(one.body).resource_spans
        for scope in resource.scope_spans
        for span in scope.spans
    ]
    assert {"episode support_desk/3", "reset", "agent", "get_ticket", "expert", "verifier"} <= {
        one.name for one in spans
    }
    assert len({one.trace_id for one in spans}) == 1
    assert b"def verify" not in server.sent


def test_with_both_the_service_gets_the_feedback(cli: Cli) -> None:
    with LangSmithServer() as server:
        variables = {"LANGSMITH_TRACING_MODE": "hybrid", "OTEL_EXPORTER_OTLP_ENDPOINT": f"{server.url}/otel"}
        cli(*EPISODE, **_wishing(server.url, **variables))
    assert server.asked("/otel/v1/traces")
    (root,) = server.records.roots
    assert server.records.feedback_on(root)["completed"]["score"] == 1.0


@pytest.mark.parametrize("wish", [{"LANGSMITH_TRACING_MODE": "hybrid"}, {"LANGSMITH_OTEL_ENABLED": "true"}])
def test_a_collector_elsewhere_gets_neither_langsmith_s_key_nor_an_agent_s(wish: dict[str, str], cli: Cli) -> None:
    key, secret = "a-key-of-langsmith", "sk-a-key-of-the-agent"
    agent = {"AWM_AGENT_MODEL": "openai:any", "AWM_AGENT_API_KEY": secret}
    with (
        LangSmithServer() as server,
        LangSmithServer() as collector,
        OpenAIServer(lambda _: text(f"my key is {secret}")) as models,
    ):
        variables = {"LANGSMITH_API_KEY": key, "OTEL_EXPORTER_OTLP_ENDPOINT": collector.url}
        agent["AWM_AGENT_BASE_URL"] = models.base_url
        answer = cli(*EPISODE, "--no-expert", **_wishing(server.url) | wish | variables | agent)
    assert answer.returncode == 0, answer.stderr
    assert collector.asked("/v1/traces")
    assert b"my key is ***" in collector.sent
    assert key.encode() not in collector.sent
    assert secret.encode() not in collector.sent + server.sent


@pytest.mark.parametrize("wish", [{}, {"LANGSMITH_API_KEY": "a-key"}, {"LANGSMITH_TRACING": "true"}])
def test_without_a_wish_or_without_a_key_there_is_no_request_at_all(wish: dict[str, str], cli: Cli) -> None:
    with LangSmithServer() as server:
        assert cli(*EPISODE, LANGSMITH_ENDPOINT=server.url, **wish).returncode == 0
    assert server.requests == []


def test_a_program_that_is_killed_leaves_its_traces_to_be_sent(
    begin: Callable[..., subprocess.Popen[str]], cli: Cli, tmp_path: Path
) -> None:
    # the agent gives no answer, so that the episode does not end before its program
    with LangSmithServer(Behaviour("hanging")) as server, OpenAIServer(lambda _: hang()) as models:
        agent = {"AWM_AGENT_MODEL": "openai:any", "AWM_AGENT_BASE_URL": models.base_url}
        process = begin(*EPISODE, **_wishing(server.url, **agent))
        server.wait_until(lambda _: bool(server.requests))
        process.kill()
        process.wait()
    with LangSmithServer() as server:
        assert cli("traces", "send", **_wishing(server.url)).returncode == 0
    (root,) = server.records.roots
    assert (root.name, root.is_finished) == ("episode support_desk/3", False)
