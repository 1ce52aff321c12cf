"""Tasks to a data set, through LangSmith's own SDK."""

import pytest
from langsmith import Client

from awm_langgraph.catalog import Catalog
from awm_langgraph.errors import UsageError
from awm_langgraph.evaluation.datasets import push_dataset
from awm_langgraph.evaluation.examples import TaskExample, example_of
from awm_langgraph.evaluation.selection import Selected, selected_tasks
from awm_langgraph.testing import LangSmithServer


def _examples(catalog: Catalog, *what: str, split: str = "") -> list[TaskExample]:
    splits = (split,) if split else ()
    return [example_of(Selected(task=one.task, splits=splits), catalog) for one in selected_tasks(catalog, what)]


def test_a_task_becomes_an_example_with_its_solution_its_fingerprints_and_its_split(
    server: LangSmithServer, client: Client, bundled: Catalog
) -> None:
    pushed = push_dataset(client, "desk", _examples(bundled, "support_desk", split="test"))
    count = bundled.summary("support_desk").tasks
    assert (pushed.created, pushed.changed, pushed.unchanged) == (count, 0, 0)
    (example,) = [one for one in server.records.examples_of("desk") if one["inputs"]["task_idx"] == 3]
    task, solution = bundled.task("support_desk", 3), bundled.solution("support_desk", 3)
    assert solution is not None
    assert example["inputs"] == {"scenario": "support_desk", "task_idx": 3, "instruction": task.instruction}
    assert [call["name"] for call in example["outputs"]["calls"]] == [call.tool for call in solution.calls]
    assert example["metadata"]["catalog_fingerprint"] == bundled.fingerprint
    in_split = [one.inputs for one in client.list_examples(dataset_name="desk", splits=["test"])]
    assert [inputs and inputs["task_idx"] for inputs in in_split] == [*range(count)]


def test_what_the_data_set_says_already_is_left_alone(
    server: LangSmithServer, client: Client, bundled: Catalog
) -> None:
    push_dataset(client, "desk", _examples(bundled, "support_desk"))
    asked = len(server.requests)
    pushed = push_dataset(client, "desk", _examples(bundled, "support_desk"))
    assert (pushed.created, pushed.changed) == (0, 0)
    assert {one.method for one in server.requests[asked:]} == {"GET"}


def test_only_what_is_new_or_has_changed_is_sent(server: LangSmithServer, client: Client, bundled: Catalog) -> None:
    push_dataset(client, "desk", _examples(bundled, "support_desk/0", "support_desk/1"))
    before = {one["inputs"]["task_idx"]: one["id"] for one in server.records.examples_of("desk")}
    unchanged = _examples(bundled, "support_desk/0")
    moved = _examples(bundled, "support_desk/1", split="train")
    new = _examples(bundled, "support_desk/2")
    pushed = push_dataset(client, "desk", [*unchanged, *moved, *new])
    assert (pushed.created, pushed.changed, pushed.unchanged, pushed.others) == (1, 1, 1, 0)
    after = {one["inputs"]["task_idx"]: one for one in server.records.examples_of("desk")}
    assert {number: one["id"] for number, one in after.items() if number < 2} == before
    assert after[1]["metadata"]["dataset_split"] == ["train"]


def test_examples_of_somebody_else_stay(server: LangSmithServer, client: Client, bundled: Catalog) -> None:
    push_dataset(client, "desk", _examples(bundled, "support_desk/0"))
    pushed = push_dataset(client, "desk", _examples(bundled, "support_desk/1"))
    assert (pushed.created, pushed.others) == (1, 1)
    assert len(server.records.examples_of("desk")) == 2


def test_what_somebody_told_of_an_example_in_langsmith_stays(
    server: LangSmithServer, client: Client, bundled: Catalog
) -> None:
    push_dataset(client, "desk", _examples(bundled, "support_desk/0"))
    (example,) = client.list_examples(dataset_name="desk")
    told = {**(example.metadata or {}), "reviewed_by": "Ada"}
    del told["dataset_split"]
    client.update_examples(
        dataset_id=example.dataset_id, updates=[{"id": example.id, "metadata": told, "split": ["hard", "easy"]}]
    )
    assert push_dataset(client, "desk", _examples(bundled, "support_desk/0")).unchanged == 1

    (ours,) = _examples(bundled, "support_desk/0")
    newer = ours.model_copy(update={"metadata": {**ours.metadata, "catalog_fingerprint": "newer"}})
    assert push_dataset(client, "desk", [newer]).changed == 1
    (after,) = client.list_examples(dataset_name="desk")
    assert after.metadata == {
        **newer.metadata,
        "reviewed_by": "Ada",
        "dataset_split": ["easy", "hard"],
    }


def test_an_empty_name_does_not_stand_for_whatever_data_set_there_is(
    server: LangSmithServer, client: Client, bundled: Catalog
) -> None:
    push_dataset(client, "somebody's", [])
    with pytest.raises(UsageError, match="expected a data set's name"):
        push_dataset(client, " ", _examples(bundled, "support_desk/0"))
    assert server.records.examples_of("somebody's") == []
