"""Tasks to a LangSmith data set; what it says already is left alone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from awm_langgraph.episode import Value
from awm_langgraph.errors import UsageError
from awm_langgraph.evaluation.examples import TaskExample

if TYPE_CHECKING:
    from langsmith import Client
    from langsmith.schemas import Dataset

_DESCRIPTION = "Tasks of awm-langgraph: one example per task, inputs as its graph takes them."


class PushedDataset(Value):
    """What became of a data set; ``others`` are examples of it that are not of these tasks, and stay."""

    name: str
    url: str
    created: int = 0
    changed: int = 0
    unchanged: int = 0
    others: int = 0


def push_dataset(client: Client, name: str, examples: Sequence[TaskExample]) -> PushedDataset:
    """Create or update a data set with one example per task; what somebody told of one beside that stays.

    Raises:
        LangSmithError: the service refused or failed.
        UsageError: the name is empty.
    """
    require_name(name)
    dataset = _dataset(client, name)
    there = {one.id: one for one in client.list_examples(dataset_id=dataset.id)}
    ours = {one.id_in(dataset.id): one for one in examples}
    new = {key: one for key, one in ours.items() if key not in there}
    changed = {
        key: one.beside(old.metadata)
        for key, one in ours.items()
        if (old := there.get(key)) and not one.is_told_by(old.inputs, old.outputs, old.metadata)
    }
    if new:
        client.create_examples(
            dataset_id=dataset.id, examples=[_told(key, one, "reference_outputs") for key, one in new.items()]
        )
    if changed:
        client.update_examples(
            dataset_id=dataset.id, updates=[_told(key, one, "outputs") for key, one in changed.items()]
        )
    return PushedDataset(
        name=name,
        url=dataset.url or "",
        created=len(new),
        changed=len(changed),
        unchanged=len(ours) - len(new) - len(changed),
        others=len(there.keys() - ours.keys()),
    )


def require_name(name: str) -> None:
    """See that a data set has a name: asked for an empty one, a service may answer with any data set.

    Raises:
        UsageError: it has none.
    """
    if not name.strip():
        raise UsageError(f"expected a data set's name, found {name!r}: give one")


def _dataset(client: Client, name: str) -> Dataset:
    from langsmith.utils import LangSmithNotFoundError

    try:
        found: Dataset = client.read_dataset(dataset_name=name)
    except LangSmithNotFoundError:
        found = client.create_dataset(name, description=_DESCRIPTION)
    return found


def _told(key: object, example: TaskExample, outputs: str) -> dict[str, Any]:
    """Say an example the way the SDK takes it; what is created and what is changed have another word for outputs."""
    return {
        "id": key,
        "inputs": example.inputs,
        outputs: example.outputs,
        "metadata": example.metadata,
        "split": [*example.splits] or "base",
    }
