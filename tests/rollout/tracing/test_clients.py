"""What the client of a run's traces leaves out before anything is on its way."""

from contextlib import closing
from pathlib import Path

import pytest
from langsmith import trace, tracing_context

from awm_langgraph.langsmith_service import Service
from awm_langgraph.rollout.tracing.clients import cleaner, experiment_client
from awm_langgraph.settings import Settings, use_settings
from awm_langgraph.testing import LangSmithServer

SECRET = "sk-a-key-of-the-agents"


def test_keys_are_taken_out_at_any_depth_and_whatever_is_no_text_stays() -> None:
    with use_settings(Settings.load(agent={"model": "openai:any", "api_key": SECRET})):
        clean = cleaner()
    assert clean({"a": [f"key {SECRET}", 3, None], "b": {"c": SECRET}}) == {
        "a": ["key ***", 3, None],
        "b": {"c": "***"},
    }


def test_an_experiments_traces_carry_no_keys(server: LangSmithServer, service: Service) -> None:
    with use_settings(Settings.load(agent={"model": "openai:any", "api_key": SECRET})):
        client = experiment_client(service)
    with closing(client), tracing_context(enabled=True, client=client):
        with trace("asked", inputs={"text": SECRET}) as run:
            run.end(outputs={"text": f"you said {SECRET}"}, error=f"refused: {SECRET}")
        client.flush()
    (root,) = server.records.roots
    assert (root.inputs, root.outputs, root.error) == ({"text": "***"}, {"text": "you said ***"}, "refused: ***")
    assert SECRET.encode() not in server.sent


@pytest.mark.parametrize("place", ["environment", "file"])
def test_what_langsmiths_variables_hide_is_hidden_wherever_they_stand(
    place: str, server: LangSmithServer, service: Service, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    names = ("LANGSMITH_HIDE_INPUTS", "LANGSMITH_HIDE_OUTPUTS")
    if place == "file":
        (tmp_path / ".env").write_text("".join(f"{name}=true\n" for name in names))
    else:
        for name in names:
            monkeypatch.setenv(name, "true")
    with closing(experiment_client(service)) as client, tracing_context(enabled=True, client=client):
        with trace("asked", inputs={"text": "in"}) as run:
            run.end(outputs={"text": "out"})
        client.flush()
    (root,) = server.records.roots
    assert (root.name, root.inputs, root.outputs) == ("asked", {}, {})
