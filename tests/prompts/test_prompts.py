import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from awm_langgraph.errors import UsageError
from awm_langgraph.prompts import fingerprints, load
from awm_langgraph.settings import Settings, use_settings

OWN = Path(__file__).parents[2] / "prompts"


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """A folder of prompts that the settings put before the package's own."""
    with use_settings(Settings.load(prompts_dir=tmp_path)):
        yield tmp_path


def test_a_prompt_is_filled_with_its_variables(folder: Path) -> None:
    (folder / "greeting.md").write_text("Hello $name, you have $count left.\n")
    assert load("greeting").render(name="Ada", count=3) == "Hello Ada, you have 3 left."


def test_a_doubled_dollar_is_a_dollar_and_values_are_not_filled_again(folder: Path) -> None:
    (folder / "price.md").write_text("It costs $$5, says $who.")
    assert load("price").render(who="$who") == "It costs $5, says $who."


def test_a_missing_variable_is_named(folder: Path) -> None:
    (folder / "greeting.md").write_text("Hello $name and ${other}")
    with pytest.raises(UsageError, match=r"greeting\.md expects \$other"):
        load("greeting").render(name="Ada")


def test_an_unexpected_variable_is_named(folder: Path) -> None:
    (folder / "greeting.md").write_text("Hello")
    with pytest.raises(UsageError, match=r"greeting\.md has no \$name"):
        load("greeting").render(name="Ada")


def test_a_lone_dollar_is_told_when_the_prompt_is_loaded(folder: Path) -> None:
    (folder / "price.md").write_text("It costs $5")
    with pytest.raises(UsageError, match=r"price\.md has a \$"):
        load("price")


def test_the_chosen_folder_comes_before_the_packages_own(folder: Path) -> None:
    own = load("empty_turn")
    (folder / "empty_turn.md").write_text("mine")
    assert own.path == OWN / "empty_turn.md"
    assert load("empty_turn").text == "mine"


@pytest.mark.parametrize("text", ["$tool took $arguments, and $foo", "$tool failed"])
def test_a_prompt_of_ones_own_with_other_variables_is_told_when_it_is_loaded(text: str, folder: Path) -> None:
    (folder / "unreadable_call.md").write_text(text)
    with pytest.raises(UsageError, match=r"expected the variables \$arguments, \$tool in .*unreadable_call\.md, found"):
        load("unreadable_call")


def test_an_unknown_prompt_is_told_with_the_known_ones(folder: Path) -> None:
    (folder / "greeting.md").write_text("Hello")
    with pytest.raises(UsageError, match=r"no prompt 'greting'.*greeting"):
        load("greting")


@pytest.mark.parametrize("name", ["../secret", "/etc/passwd", "sub/prompt", "README", ""])
def test_a_name_cannot_leave_the_folder_nor_name_the_readme(name: str, folder: Path) -> None:
    (folder.parent / "secret.md").write_text("secret")
    (folder / "README.md").write_text("about")
    with pytest.raises(UsageError, match="there is no prompt"):
        load(name)


def test_a_folder_that_is_not_there_is_told() -> None:
    with (
        use_settings(Settings.load(prompts_dir=Path("no-such-folder"))),
        pytest.raises(UsageError, match=r"no-such-folder.*AWM_PROMPTS_DIR"),
    ):
        load("greeting")


def test_a_fingerprint_follows_the_text_and_nothing_else(folder: Path) -> None:
    (folder / "one.md").write_text("same")
    (folder / "two.md").write_text("same")
    (folder / "three.md").write_text("other")
    found = fingerprints(["one", "two", "three"])
    assert found["one"] == found["two"] != found["three"]
    assert all(len(fingerprint) == 12 for fingerprint in found.values())


def test_a_prompt_edited_meanwhile_is_read_again(folder: Path) -> None:
    path = folder / "greeting.md"
    path.write_text("before")
    before = load("greeting").text
    path.write_text("after")
    os.utime(path, ns=(0, 0))
    assert (before, load("greeting").text) == ("before", "after")


def test_line_ends_of_another_system_change_no_fingerprint(folder: Path) -> None:
    (folder / "here.md").write_bytes(b"one\ntwo\n")
    (folder / "there.md").write_bytes(b"one\r\ntwo\r\n")
    assert load("here").fingerprint == load("there").fingerprint


def test_a_prompt_that_is_no_text_is_told(folder: Path) -> None:
    (folder / "image.md").write_bytes(b"\xff\xfe")
    with pytest.raises(UsageError, match=r"UTF-8.*image\.md"):
        load("image")


def test_every_own_prompt_can_be_loaded() -> None:
    names = sorted(path.stem for path in OWN.glob("*.md") if path.stem.islower())
    assert names
    assert all(load(name).text.strip() for name in names)
