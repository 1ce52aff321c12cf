import pytest

from awm_langgraph.catalog.names import did_you_mean, natural_order, normalise, require_no_path, shown
from awm_langgraph.errors import CatalogError


@pytest.mark.parametrize(
    ("written", "normalised"),
    [
        ("e_commerce_33", "e_commerce_33"),
        ("E-Commerce/33", "e_commerce_33"),
        ("  Project-Tracker -- 3 ", "project_tracker_3"),
        ("__a__b__", "a_b"),
        ("Café 1", "caf_1"),
        ("../..", ""),
    ],
)
def test_a_name_is_written_in_one_way(written: str, normalised: str) -> None:
    assert normalise(written) == normalised
    assert normalise(normalised) == normalised


@pytest.mark.parametrize("path", ["../x", "a/../b", "/etc/passwd", "~/x", "..\\x", "a\nb", "a\0b", ".."])
def test_a_path_is_no_name(path: str) -> None:
    with pytest.raises(CatalogError, match="is a path") as raised:
        require_no_path(path)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize("name", ["E-Commerce/33", "workflow_automation_1", "a..b", "x y"])
def test_a_name_with_marks_in_it_is_no_path(name: str) -> None:
    require_no_path(name)
    assert normalise(name)


def test_numbers_in_names_are_put_in_counting_order() -> None:
    names = ["b_10", "b_9", "a", "b", "b_9_2"]
    assert sorted(names, key=natural_order) == ["a", "b", "b_9", "b_9_2", "b_10"]


def test_a_misspelt_name_is_answered_with_the_closest_ones() -> None:
    assert (
        did_you_mean("workflow_automaton", ["workflow_automation", "banking"])
        == "; did you mean `workflow_automation`?"
    )
    assert did_you_mean("zzz", ["workflow_automation", "banking"]) == ""


def test_a_long_name_is_shortened_in_a_message() -> None:
    assert len(shown("x" * 10_000)) < 250
