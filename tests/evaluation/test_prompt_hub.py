"""Prompts to the hub and back, through LangSmith's own SDK."""

from pathlib import Path

import pytest
from langchain_core.prompts import ChatPromptTemplate, PromptTemplate
from langsmith import Client

from awm_langgraph import prompts
from awm_langgraph.errors import UsageError
from awm_langgraph.evaluation.prompt_hub import Moved, pull_prompts, push_prompts
from awm_langgraph.settings import Settings, use_settings
from awm_langgraph.testing import LangSmithServer


def _changes(moved: list[Moved]) -> set[str]:
    return {one.change for one in moved}


def test_every_prompt_of_the_package_comes_back_word_for_word(client: Client, tmp_path: Path) -> None:
    names = prompts.names()
    assert _changes(push_prompts(client, "awm", names)) == {"new"}
    assert _changes(pull_prompts(client, "awm", names, tmp_path / "pulled")) == {"new"}
    with use_settings(Settings.load(prompts_dir=tmp_path / "pulled")):
        pulled = {name: prompts.load(name) for name in names}
    assert {name: prompt.text for name, prompt in pulled.items()} == {name: prompts.load(name).text for name in names}
    assert {prompt.path.parent for prompt in pulled.values()} == {tmp_path / "pulled"}


def test_what_the_hub_has_already_is_not_pushed_again(server: LangSmithServer, client: Client) -> None:
    names = ("nudge", "agent")
    push_prompts(client, "awm", names)
    asked = len(server.requests)
    assert _changes(push_prompts(client, "awm", names)) == {"unchanged"}
    assert {one.method for one in server.requests[asked:]} == {"GET"}
    assert {name: len(prompt.commits) for name, prompt in server.records.prompts.items()} == {
        "awm-nudge": 1,
        "awm-agent": 1,
    }


def test_a_changed_prompt_is_a_new_version_after_the_one_before(
    server: LangSmithServer, client: Client, tmp_path: Path
) -> None:
    push_prompts(client, "awm", ["empty_turn"])
    (tmp_path / "empty_turn.md").write_text("Say something.\n")
    with use_settings(Settings.load(prompts_dir=tmp_path)):
        (moved,) = push_prompts(client, "awm", ["empty_turn"])
    assert (moved.hub_name, moved.change) == ("awm-empty_turn", "changed")
    first, second = server.records.prompts["awm-empty_turn"].commits
    assert second.parent == first.hash


@pytest.mark.parametrize("text", ["{{ and } and {x}", "plain {json: 1}", "$$5 for {{tip}}", "no end of line", "ü\n\n"])
def test_braces_dollars_and_ends_survive(text: str, client: Client, tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "empty_turn.md").write_text(text)
    with use_settings(Settings.load(prompts_dir=tmp_path / "mine")):
        push_prompts(client, "awm", ["empty_turn"])
    pull_prompts(client, "awm", ["empty_turn"], tmp_path / "pulled")
    assert (tmp_path / "pulled" / "empty_turn.md").read_text() == text


def test_a_prompt_pulled_twice_is_unchanged_and_one_that_the_hub_lacks_is_missing(
    client: Client, tmp_path: Path
) -> None:
    push_prompts(client, "awm", ["nudge"])
    pull_prompts(client, "awm", ["nudge"], tmp_path)
    moved = {one.name: one.change for one in pull_prompts(client, "awm", ["nudge", "agent"], tmp_path)}
    assert moved == {"nudge": "unchanged", "agent": "missing"}
    assert not (tmp_path / "agent.md").exists()


@pytest.mark.parametrize(
    ("edited", "complaint"),
    [
        (ChatPromptTemplate([("human", "You may ask. $remaining")]), r"expected the variables \$reason, \$remaining"),
        (ChatPromptTemplate([("human", "$reason $remaining $extra")]), r"found \$extra, \$reason, \$remaining"),
        (ChatPromptTemplate([("human", "$reason $remaining costs $5")]), r"a \$ that starts no variable"),
        (ChatPromptTemplate([("human", "{reason} $remaining")]), "variables written .* found some in braces"),
        (ChatPromptTemplate([("human", "{{reason}} $remaining")], template_format="mustache"), "some in braces"),
        (ChatPromptTemplate([("human", "$reason"), ("ai", "$remaining")]), "one message of text"),
    ],
)
def test_a_prompt_that_could_not_be_filled_in_is_refused_and_nothing_is_written(
    edited: ChatPromptTemplate, complaint: str, client: Client, tmp_path: Path
) -> None:
    push_prompts(client, "awm", ["agent", "nudge"])
    client.push_prompt("awm-nudge", object=edited)
    with pytest.raises(UsageError, match=complaint):
        pull_prompts(client, "awm", ["agent", "nudge"], tmp_path / "pulled")
    assert not (tmp_path / "pulled").exists()


def test_a_prompt_that_was_edited_in_the_hub_comes_back_edited_whatever_form_it_was_given(
    client: Client, tmp_path: Path
) -> None:
    push_prompts(client, "awm", ["nudge"])
    client.push_prompt("awm-nudge", object=PromptTemplate.from_template('$reason {{"left": $remaining}}'))
    pull_prompts(client, "awm", ["nudge"], tmp_path)
    assert (tmp_path / "nudge.md").read_text() == '$reason {"left": $remaining}'


def test_a_prefix_that_the_hub_does_not_know_is_told(client: Client, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="expected prompts named other-"):
        pull_prompts(client, "other", ["nudge"], tmp_path)


def test_a_prefix_that_cannot_be_a_name_is_refused(client: Client) -> None:
    with pytest.raises(UsageError, match="found 'Some/one'"):
        push_prompts(client, "Some/one", ["nudge"])
