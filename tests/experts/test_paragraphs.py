"""Prompts whose paragraphs drop out."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from awm_langgraph.errors import UsageError
from awm_langgraph.experts.paragraphs import render_paragraphs
from awm_langgraph.settings import Settings, use_settings


@pytest.fixture(autouse=True)
def folder(tmp_path: Path) -> Iterator[Path]:
    """A prompt of three paragraphs."""
    (tmp_path / "three.md").write_text("Always.\n\nFirst: $first\nand more\n\nSecond: $second")
    with use_settings(Settings.load(prompts_dir=tmp_path)):
        yield tmp_path


def test_a_paragraph_whose_variable_says_nothing_is_left_out_whole() -> None:
    assert render_paragraphs("three", first="", second="b") == "Always.\n\nSecond: b"
    assert render_paragraphs("three", first=0, second="") == "Always.\n\nFirst: 0\nand more"
    assert render_paragraphs("three", first="", second="") == "Always."


def test_a_value_with_paragraphs_of_its_own_is_kept_whole() -> None:
    assert render_paragraphs("three", first="a\n\nb\0c", second="") == "Always.\n\nFirst: a\n\nbc\nand more"


def test_a_variable_must_be_given_even_if_it_says_nothing() -> None:
    with pytest.raises(UsageError, match=r"\$second"):
        render_paragraphs("three", first="")
