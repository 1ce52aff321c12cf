"""Which tasks an evaluation is about: scenarios by name, or a file of pairs with the splits they are of."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Sequence
from pathlib import Path
from typing import Any

from awm_langgraph.catalog import Catalog
from awm_langgraph.episode import Task, Value
from awm_langgraph.errors import UsageError

_FORM = '["scenario", task_idx] or {"scenario": ..., "task_idx": ..., "split": ...}'


class Selected(Value):
    """A task, and the splits that it is of, sorted."""

    task: Task
    splits: tuple[str, ...] = ()


def selected_tasks(catalog: Catalog, what: Iterable[str]) -> list[Selected]:
    """Find every task that names and files name, each once, in their order.

    Each of ``what`` is a scenario's name, ``NAME/TASK_IDX``, ``all``, or the path of a JSON file: a list of
    ``["scenario", task_idx]`` or ``{"scenario", "task_idx", "split"}``; ``split`` may be a list. A task named with
    several splits is of all of them.

    Raises:
        UsageError: one of them is not there, or a file is not of that form; nothing is named at all.
    """
    found: dict[str, Selected] = {}
    for one in (found_one for text in what for found_one in _named_by(catalog, text)):
        before = found.get(one.task.key, one)
        splits = tuple(sorted({*before.splits, *one.splits}))
        found[one.task.key] = Selected(task=one.task, splits=splits)
    if not found:
        raise UsageError("expected tasks to evaluate, found none: name scenarios, or a JSON file of pairs")
    return list(found.values())


def in_splits(selected: Sequence[Selected], splits: Collection[str], limit: int | None = None) -> list[Selected]:
    """Keep the tasks that are of any of these splits, all where none is named; the first ``limit`` of them.

    Raises:
        UsageError: no task is of any of them.
    """
    found = [one for one in selected if not splits or {*splits} & {*one.splits}]
    if not found:
        raise none_in_splits(splits, {split for one in selected for split in one.splits}, "these tasks")
    return found[:limit]


def none_in_splits(splits: Iterable[str], there: Iterable[str], what: str) -> UsageError:
    """Say that nothing is of any of these splits, and which splits there are."""
    known = ", ".join(sorted(there)) or "none"
    return UsageError(
        f"expected tasks of the split {' or '.join(splits)}, found none: the splits of {what} are {known}"
    )


def _named_by(catalog: Catalog, text: str) -> Iterable[Selected]:
    if text.endswith(".json"):
        return _in_file(catalog, Path(text).expanduser())
    names = catalog.names() if text == "all" else (text,)
    name, _, number = text.rpartition("/")
    if name and number.isdigit():
        return [Selected(task=catalog.task(name, int(number)))]
    return [Selected(task=catalog.task(one, number)) for one in names for number in range(catalog.summary(one).tasks)]


def _in_file(catalog: Catalog, path: Path) -> Iterable[Selected]:
    try:
        rows = json.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise UsageError(f"expected a JSON file of tasks at {path}, cannot read it: {error.strerror}") from None
    except ValueError:
        raise UsageError(f"expected JSON in {path}, found something else: write a list of {_FORM}") from None
    if not isinstance(rows, list):
        raise UsageError(f"expected a list in {path}, found {type(rows).__name__}: write a list of {_FORM}")
    return [_selected(catalog, row, f"{path}, row {number}") for number, row in enumerate(rows, start=1)]


def _selected(catalog: Catalog, row: Any, where: str) -> Selected:
    fields = dict(zip(("scenario", "task_idx", "split"), row, strict=False)) if isinstance(row, list) else row
    match fields:
        case {"scenario": str(scenario), "task_idx": int(task_idx)}:
            split = fields.get("split") or []
            splits = [split] if isinstance(split, str) else split
            if isinstance(splits, list) and all(isinstance(one, str) for one in splits):
                return Selected(task=catalog.task(scenario, task_idx), splits=tuple(sorted(splits)))
    raise UsageError(f"{where}: expected {_FORM}, found {json.dumps(row)[:80]}: correct it")
