"""Kept letters, ours and the SDK's own, sent later."""

import stat
from pathlib import Path
from typing import Any, cast

import pytest
from langsmith import Client, trace, tracing_context
from langsmith.utils import get_env_var
from urllib3 import Retry

from awm_langgraph.errors import UsageError
from awm_langgraph.langsmith_service import Service
from awm_langgraph.rollout.tracing.kept import Sent, send_kept
from awm_langgraph.rollout.tracing.letters import Letter, letters_in
from awm_langgraph.testing import Behaviour, LangSmithServer


def _forget_variables() -> None:
    """Let the SDK read its variables again: it keeps what it has read once."""
    cast(Any, get_env_var).cache_clear()


def _keep(folder: Path, *bodies: str) -> None:
    for body in bodies:
        Letter("runs/batch", {"Content-Type": "application/json", "x-api-key": "secret"}, body.encode()).save(folder)


def test_a_letter_is_for_its_owner_alone_and_has_no_key_in_it(tmp_path: Path) -> None:
    _keep(tmp_path, "{}")
    (path,) = letters_in(tmp_path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert "secret" not in path.read_text()
    assert Letter.read(path) == Letter("runs/batch", {"Content-Type": "application/json"}, b"{}")


def test_kept_letters_are_sent_the_oldest_first_and_removed(
    server: LangSmithServer, service: Service, tmp_path: Path
) -> None:
    _keep(tmp_path, '{"post": [{"id": "a"}]}', '{"post": [{"id": "b"}]}')
    assert send_kept(service, tmp_path) == Sent(delivered=2)
    assert list(server.records.runs) == ["a", "b"]
    assert list(tmp_path.iterdir()) == []
    assert {one.key for one in server.requests} == {service.key.get_secret_value()}


def test_what_the_sdk_kept_is_sent_too(
    server: LangSmithServer, service: Service, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.behaviour = Behaviour("refusing", status=403)
    with monkeypatch.context() as variables:
        variables.setenv("LANGSMITH_FAILED_TRACES_DIR", str(tmp_path))
        _forget_variables()
        client = Client(api_url=server.url, api_key="any", retry_config=Retry(total=0))
        with tracing_context(enabled=True, client=client), trace("kept by the SDK"):
            pass
        client.close()
    _forget_variables()
    assert letters_in(tmp_path)
    server.behaviour = Behaviour()
    assert send_kept(service, tmp_path).left == 0
    assert [root.name for root in server.records.roots] == ["kept by the SDK"]


def test_a_service_that_is_gone_leaves_the_rest_for_another_time(service: Service, tmp_path: Path) -> None:
    _keep(tmp_path, "{}", "{}")
    # a port that the kernel gives to nobody: that of a server that was closed is soon another's
    assert send_kept(Service("http://127.0.0.1:1", service.key), tmp_path) == Sent(
        left=2, trouble="http://127.0.0.1:1 cannot be reached"
    )
    assert len(letters_in(tmp_path)) == 2


def test_a_letter_that_arrived_before_is_delivered_and_one_that_is_refused_stays(
    server: LangSmithServer, service: Service, tmp_path: Path
) -> None:
    _keep(tmp_path, "{}")
    server.behaviour = Behaviour("refusing", status=409)
    assert send_kept(service, tmp_path) == Sent(delivered=1)
    _keep(tmp_path, "{}")
    server.behaviour = Behaviour("refusing", status=413)
    assert send_kept(service, tmp_path) == Sent(refused=1, trouble="the service answers 413")
    assert len(letters_in(tmp_path)) == 1


def test_a_file_that_is_no_letter_is_told(service: Service, tmp_path: Path) -> None:
    (tmp_path / "trace_1.json").write_text("[]")
    with pytest.raises(UsageError, match=r"expected a kept trace in .*trace_1\.json"):
        send_kept(service, tmp_path)
