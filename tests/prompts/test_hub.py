"""Prompts that the settings choose from LangSmith's hub, through LangSmith's own SDK."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from langchain_core.prompts import ChatPromptTemplate
from langsmith import Client

from awm_langgraph.agent import create_awm_graph, episode_context
from awm_langgraph.errors import UsageError
from awm_langgraph.prompts import fingerprints, load
from awm_langgraph.rollout import open_run
from awm_langgraph.settings import Settings, use_settings
from awm_langgraph.testing import Arrived, Behaviour, LangSmithServer, OpenAIServer, text

MINE = "You said nothing; say something, in the words of the hub."
LATEST = "/commits/-/mine/latest"


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[LangSmithServer]:
    with LangSmithServer() as served:
        monkeypatch.setenv("LANGSMITH_ENDPOINT", served.url)
        monkeypatch.setenv("LANGSMITH_API_KEY", "a-key-of-no-worth")
        yield served


def _push(server: LangSmithServer, name: str, words: str) -> str:
    """Push a prompt and give its commit."""
    with closing(Client(api_url=server.url, api_key="any")) as client:
        client.push_prompt(name, object=ChatPromptTemplate([("human", words)], template_format="mustache"))
    return server.records.prompts[name].commits[-1].hash


@pytest.mark.parametrize("place", ["environment", "toml"])
def test_a_name_of_the_hub_chooses_a_prompt_in_the_environment_and_in_toml(
    place: str, server: LangSmithServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _push(server, "mine", MINE)
    own = load("unreadable_call")
    toml = tmp_path / "settings.toml"
    toml.write_text('[prompt]\nempty_turn = "mine"\n' if place == "toml" else "")
    if place == "environment":
        monkeypatch.setenv("AWM_PROMPT_EMPTY_TURN", "mine")
    with use_settings(Settings.load(toml)):
        assert load("empty_turn").text == MINE
        assert load("unreadable_call") == own


@pytest.mark.parametrize("owner", ["", "somebody/"])
def test_a_commit_is_the_one_that_is_read_whatever_came_later(owner: str, server: LangSmithServer) -> None:
    commit = _push(server, "mine", MINE)
    _push(server, "mine", "Newer words.")
    with use_settings(Settings.load(prompt={"empty_turn": f"{owner}mine:{commit[:8]}"})):
        assert load("empty_turn").text == MINE


def test_the_latest_is_fetched_once_and_does_not_change_under_a_process(server: LangSmithServer) -> None:
    _push(server, "mine", MINE)
    asked = len(server.requests)
    with use_settings(Settings.load(prompt={"empty_turn": "mine"})):
        before = fingerprints(["empty_turn"])
        _push(server, "mine", "Newer words.")
        assert fingerprints(["empty_turn"]) == before
    assert [one.path for one in server.requests[asked:]].count(LATEST) == 1


async def test_an_episode_records_the_fingerprint_of_what_its_model_read(
    server: LangSmithServer, tmp_path: Path
) -> None:
    own = fingerprints(["agent"])
    _push(server, "mine", "Words of the hub. $max_steps steps are all you have.")
    with OpenAIServer([text("Done.")]) as models:
        agent = {"model": "openai:any", "base_url": models.base_url, "api_key": "a-key-that-is-none"}
        with use_settings(Settings.load(agent=agent, prompt={"agent": "mine"})):
            async with open_run(tmp_path, episode_context(expert_kind="none"), catalog="bundled") as run:
                trajectory = await run.episode({"scenario": "support_desk", "task_idx": 3})
            assert trajectory.provenance.prompts["agent"] == fingerprints(["agent"])["agent"] != own["agent"]
        assert "Words of the hub. 15 steps" in str(models.requests[0].body["messages"][0])


async def test_the_graph_in_a_program_of_the_users_reads_the_hub_without_holding_up_others(
    server: LangSmithServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The server answers only when the event loop has turned meanwhile."""
    _push(server, "mine", MINE)
    is_asked, has_turned = threading.Event(), threading.Event()
    answer = server.answer

    def answer_later(request: Arrived) -> tuple[int, bytes] | None:
        if request.path == LATEST:
            is_asked.set()
            assert has_turned.wait(60)
        return answer(request)

    async def turn() -> None:
        while not is_asked.is_set():  # noqa: ASYNC110 # the server sets it in a thread of its own
            await asyncio.sleep(0)
        has_turned.set()

    monkeypatch.setattr(server, "answer", answer_later)
    turning = asyncio.create_task(turn())
    with use_settings(Settings.load(prompt={"empty_turn": "mine"})):
        state = await create_awm_graph().ainvoke({"scenario": "support_desk", "task_idx": 3}, context=episode_context())
    await turning
    assert state["provenance"]["prompts"]["empty_turn"] != fingerprints(["empty_turn"])["empty_turn"]


@pytest.mark.parametrize(
    ("prompt", "complaint"),
    [
        ({"nudge": "nothing"}, r"LangSmith at http.* has no prompt nothing: push it"),
        ({"nudge": "mine:0123"}, r"has no prompt mine:0123"),
        ({"nudge": "mine"}, r"expected the variables \$reason, \$remaining in the prompt mine/nudge.md, found none"),
        ({"nudge": "a/b/c"}, r"expected a prompt's name in LangSmith's hub, found 'a/b/c'"),
        ({"nugde": "mine"}, r"there is no prompt 'nugde'"),
    ],
)
def test_what_cannot_be_used_is_told_in_one_line_before_an_episode_begins(
    prompt: dict[str, str], complaint: str, server: LangSmithServer
) -> None:
    _push(server, "mine", "You may ask somebody.")
    with use_settings(Settings.load(prompt=prompt)), pytest.raises(UsageError, match=complaint) as told:
        fingerprints(["agent"])
    assert "\n" not in str(told.value)


def test_a_hub_that_is_away_is_told_in_one_line_and_asked_again_the_next_time(server: LangSmithServer) -> None:
    _push(server, "mine", MINE)
    server.behaviour = Behaviour("refusing", status=401)
    with use_settings(Settings.load(prompt={"empty_turn": "mine"})):
        with pytest.raises(UsageError, match="does not know the key"):
            load("empty_turn")
        server.behaviour = Behaviour()
        assert load("empty_turn").text == MINE


def test_without_a_key_it_is_said_and_nothing_is_asked(
    server: LangSmithServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("LANGSMITH_API_KEY")
    with use_settings(Settings.load(prompt={"empty_turn": "mine"})), pytest.raises(UsageError, match="LANGSMITH_API"):
        load("empty_turn")
    assert server.requests == []


def test_without_a_name_of_the_hub_nothing_is_asked(server: LangSmithServer) -> None:
    fingerprints(["agent", "nudge"])
    assert server.requests == []
