"""Which tasks a command line names."""

import json
from pathlib import Path
from typing import Any

import pytest

from awm_langgraph.catalog import Catalog
from awm_langgraph.errors import UsageError
from awm_langgraph.evaluation.selection import in_splits, selected_tasks


def test_scenarios_single_tasks_and_all_of_them(bundled: Catalog) -> None:
    whole = [one.task.key for one in selected_tasks(bundled, ["support_desk"])]
    assert whole == [f"support_desk/{number}" for number in range(bundled.summary("support_desk").tasks)]
    assert [one.task.key for one in selected_tasks(bundled, ["support_desk/3", "support_desk/3"])] == ["support_desk/3"]
    everything = selected_tasks(bundled, ["all"])
    assert len(everything) == sum(bundled.summary(name).tasks for name in bundled.names())


def test_a_file_of_pairs_with_splits_and_a_task_in_two_of_them(bundled: Catalog, tmp_path: Path) -> None:
    rows: list[Any] = [
        ["support_desk", 1],
        {"scenario": "support_desk", "task_idx": 0, "split": "test"},
        {"scenario": "support_desk", "task_idx": 0, "split": ["small"]},
    ]
    (tmp_path / "pairs.json").write_text(json.dumps(rows))
    selected = selected_tasks(bundled, [str(tmp_path / "pairs.json")])
    assert [(one.task.task_idx, one.splits) for one in selected] == [(1, ()), (0, ("small", "test"))]


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        ("{", "expected JSON in"),
        ('{"support_desk": 1}', "expected a list in .*, found dict"),
        ('[["support_desk", "one"]]', "row 1: expected"),
        ('[["support_desk", 0], ["support_desk", 99]]', "no task 99"),
        ('[{"scenario": "support_desk", "task_idx": 0, "split": 3}]', "row 1: expected"),
        ("[]", "expected tasks to evaluate, found none"),
    ],
)
def test_a_file_that_is_not_of_that_form_is_told(
    content: str, complaint: str, bundled: Catalog, tmp_path: Path
) -> None:
    (tmp_path / "pairs.json").write_text(content)
    with pytest.raises(UsageError, match=complaint):
        selected_tasks(bundled, [str(tmp_path / "pairs.json")])


def test_a_file_that_is_not_there_is_told(bundled: Catalog) -> None:
    with pytest.raises(UsageError, match=r"at nowhere\.json"):
        selected_tasks(bundled, ["nowhere.json"])


def test_tasks_are_kept_by_their_splits_and_the_first_of_them(bundled: Catalog) -> None:
    splits = [("train",), ("test",), ("hard", "test"), (), ("test",)]
    tasks = zip(selected_tasks(bundled, ["support_desk"]), splits, strict=True)
    chosen = [one.model_copy(update={"splits": of}) for one, of in tasks]
    assert [one.task.task_idx for one in in_splits(chosen, ["test"])] == [1, 2, 4]
    assert [one.task.task_idx for one in in_splits(chosen, ["train", "hard"])] == [0, 2]
    assert [one.task.task_idx for one in in_splits(chosen, [], 2)] == [0, 1]
    with pytest.raises(UsageError, match="split dev, found none: the splits of these tasks are hard, test, train"):
        in_splits(chosen, ["dev"])
