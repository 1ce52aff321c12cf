"""A task as an example of a LangSmith data set. Pure functions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID, uuid5

from awm_langgraph.catalog import Catalog
from awm_langgraph.episode import Solution, Value
from awm_langgraph.evaluation.selection import Selected

_SPLIT = "dataset_split"
"""Where LangSmith tells an example's splits, among its metadata."""
_SPLIT_OF_NO_SPLIT = ["base"]


class TaskExample(Value):
    """What LangSmith is told of a task."""

    key: str
    inputs: dict[str, Any]
    outputs: dict[str, Any]
    metadata: dict[str, Any]
    splits: tuple[str, ...] = ()

    def id_in(self, dataset: UUID) -> UUID:
        """Name the example by its task, so that pushing it again finds it."""
        return uuid5(dataset, self.key)

    def is_told_by(self, inputs: object, outputs: object, metadata: Mapping[str, Any] | None) -> bool:
        """Tell whether an example in LangSmith says the same."""
        full = self.beside(metadata)
        same = (inputs, outputs or {}, _without_splits(metadata)) == (full.inputs, full.outputs, full.metadata)
        return same and splits_in(metadata) == full.splits

    def beside(self, metadata: Mapping[str, Any] | None) -> TaskExample:
        """Keep what an example in LangSmith says and we do not: others' metadata, and its splits where we name none."""
        kept = {"metadata": _without_splits(metadata) | self.metadata, "splits": self.splits or splits_in(metadata)}
        return self.model_copy(update=kept)


def splits_in(metadata: Mapping[str, Any] | None) -> tuple[str, ...]:
    """Read an example's splits, sorted; LangSmith's word for none counts as none."""
    told = (metadata or {}).get(_SPLIT) or _SPLIT_OF_NO_SPLIT
    return () if told == _SPLIT_OF_NO_SPLIT else tuple(sorted(told))


def _without_splits(metadata: Mapping[str, Any] | None) -> dict[str, Any]:
    return {name: value for name, value in (metadata or {}).items() if name != _SPLIT}


def example_of(selected: Selected, catalog: Catalog) -> TaskExample:
    """Make an example of a task: what an episode of it needs, its reference solution, and what they come from."""
    task = selected.task
    assert task.task_idx is not None
    solution = catalog.solution(task.scenario, task.task_idx)
    verifier = catalog.verifier(task.scenario, task.task_idx)
    return TaskExample(
        key=f"{task.catalog}:{task.key}",
        inputs={"scenario": task.scenario, "task_idx": task.task_idx, "instruction": task.instruction},
        outputs=_reference(solution) if solution else {},
        metadata={
            "catalog": task.catalog,
            "catalog_fingerprint": catalog.fingerprint,
            "has_verifier": verifier is not None,
        },
        splits=selected.splits,
    )


def _reference(solution: Solution) -> dict[str, Any]:
    return {
        "calls": [{"name": call.tool, "arguments": call.arguments} for call in solution.calls],
        "final_answer": solution.final_answer,
    }
