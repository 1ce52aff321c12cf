"""Experiments written down: which tasks, under which conditions, how often."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

from pydantic import Field, ValidationError

from awm_langgraph.episode import Value
from awm_langgraph.errors import UsageError


class ExperimentFile(Value):
    """What a file in TOML says; files among its ``tasks`` are found beside it.

    ``dataset`` is the name in LangSmith of the data set that holds these tasks. ``splits`` keep to some of the tasks'
    splits, ``limit`` to the first tasks. ``name`` begins the experiments' names. ``context`` are fields of the
    episode's context, the same for every condition.
    """

    tasks: tuple[str, ...] = Field(min_length=1)
    dataset: str = ""
    splits: tuple[str, ...] = ()
    limit: int | None = Field(default=None, ge=1)
    name: str = ""
    conditions: tuple[str, ...] = Field(default=("dynamic/criteria",), min_length=1)
    repetitions: int = Field(default=1, ge=1)
    concurrency: int = Field(default=4, ge=1)
    context: dict[str, Any] = Field(default_factory=dict)


def read_experiment(path: Path) -> ExperimentFile:
    """Read an experiment.

    Raises:
        UsageError: the file cannot be read, is no TOML, or says something else.
    """
    try:
        told = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise UsageError(f"expected an experiment at {path}, cannot read it: {error.strerror}") from None
    except ValueError as error:
        raise UsageError(f"expected TOML in {path}, found something else: {error}: correct it") from None
    try:
        read = ExperimentFile.model_validate(told)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"]))
        raise UsageError(f"{path}: {place}: {first['msg'].lower()}: correct it") from None
    return read.model_copy(update={"tasks": tuple(_beside(path, one) for one in read.tasks)})


def _beside(path: Path, task: str) -> str:
    return str(path.parent / task) if task.endswith(".json") else task
