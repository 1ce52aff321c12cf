"""Which LangSmith a process talks to."""

import pytest
from langsmith.utils import LangSmithConnectionError, LangSmithError, LangSmithNotFoundError
from pydantic import SecretStr

from awm_langgraph.errors import UsageError
from awm_langgraph.langsmith_service import Service, configured_service, required_service, told_plainly
from awm_langgraph.testing import Behaviour, LangSmithServer


@pytest.fixture(autouse=True)
def unset(monkeypatch: pytest.MonkeyPatch) -> None:
    for prefix in ("LANGSMITH", "LANGCHAIN"):
        for name in ("API_KEY", "ENDPOINT", "WORKSPACE_ID"):
            monkeypatch.delenv(f"{prefix}_{name}", raising=False)


def test_without_a_key_there_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LANGSMITH_ENDPOINT", "http://127.0.0.1:1")
    assert configured_service() is None
    with pytest.raises(UsageError, match="LANGSMITH_API_KEY"):
        required_service()


@pytest.mark.parametrize("prefix", ["LANGSMITH", "LANGCHAIN"])
def test_either_prefix_will_do_and_the_hosted_one_is_the_default(prefix: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(f"{prefix}_API_KEY", "the-key")
    service = required_service()
    assert (service.url, service.key.get_secret_value()) == ("https://api.smith.langchain.com", "the-key")
    assert "the-key" not in repr(service)


def test_an_address_that_is_none_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LANGSMITH_API_KEY", "the-key")
    monkeypatch.setenv("LANGSMITH_ENDPOINT", "smith.local")
    with pytest.raises(UsageError, match="LANGSMITH_ENDPOINT: expected a URL"):
        configured_service()


def test_a_service_that_hangs_is_asked_once_and_one_that_stumbles_again() -> None:
    with LangSmithServer(Behaviour("hanging")) as server, pytest.raises(LangSmithError):
        Service(server.url, SecretStr("any")).client(timeout_ms=(60_000, 50)).create_dataset("tried")
    assert len(server.asked("/datasets")) == 1
    with LangSmithServer(Behaviour("refusing", status=503)) as server, pytest.raises(LangSmithError):
        Service(server.url, SecretStr("any")).client().create_dataset("tried")
    assert len(server.asked("/datasets")) == 4


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (LangSmithConnectionError("x"), "cannot be reached"),
        (LangSmithError("first\nsecond"), "refuses: first$"),
        (
            LangSmithNotFoundError("Dataset x not found"),
            "no such thing: Dataset x not found: check the name",
        ),
    ],
)
def test_what_goes_wrong_is_told_in_one_line(error: Exception, told: str) -> None:
    with pytest.raises(UsageError, match=told), told_plainly(Service("http://127.0.0.1:1", SecretStr("the-key"))):
        raise error
