"""One scenario's folder in source form."""

from __future__ import annotations

import hashlib
import tomllib
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from awm_langgraph.episode import Call, Solution
from awm_langgraph.errors import CatalogError

APP, SCHEMA, SEED, TASKS, VERIFIERS = "app.py", "schema.sql", "seed.sql", "tasks.toml", "verifiers.py"

_ESSENTIAL = (APP, SCHEMA, TASKS)
_OPTIONAL = {SEED: "its tables start empty", VERIFIERS: "its tasks cannot be verified"}


class _Task(BaseModel):
    model_config = ConfigDict(frozen=True, extra="allow")

    instruction: str
    final_answer: str = ""
    calls: tuple[Call, ...] | None = None

    def solution(self) -> Solution | None:
        """Return the reference solution; None where the task has none."""
        return None if self.calls is None else Solution(calls=self.calls, final_answer=self.final_answer)


class Tasks(BaseModel):
    """What ``tasks.toml`` says."""

    model_config = ConfigDict(frozen=True, extra="allow")

    description: str = ""
    tasks: tuple[_Task, ...]

    def unknown_keys(self) -> set[str]:
        """Return the keys that the format does not have."""
        return set(self.model_extra or ()).union(*(task.model_extra or () for task in self.tasks))


@dataclass(frozen=True)
class SourceFolder:
    """A folder that holds a whole scenario. ``root`` is what its files may not lie outside of; None: anywhere.

    ``sha256`` is that of its files' content when it was read.
    """

    path: Path
    root: Path | None
    contents: Tasks
    sha256: str
    notices: tuple[str, ...]

    @classmethod
    def read(cls, path: Path, root: Path | None) -> SourceFolder:
        """Read the folder's tasks and look at its other files.

        Raises:
            CatalogError: A file that every scenario needs is missing or cannot be read.
        """
        present = [file for file in (*_ESSENTIAL, *_OPTIONAL) if (path / file).is_file()]
        if lacking := [file for file in _ESSENTIAL if file not in present]:
            raise CatalogError(f"{path} lacks {', '.join(lacking)}")
        texts = {file: _text(path / file, root) for file in present}
        tasks = _tasks(path / TASKS, texts[TASKS])
        notices = [f"{path / file} is missing: {without}" for file, without in _OPTIONAL.items() if file not in present]
        if unknown := sorted(tasks.unknown_keys()):
            notices.append(f"{path / TASKS}: unknown keys ignored: {', '.join(unknown)}")
        digest = hashlib.sha256(repr(sorted(texts.items())).encode())
        return cls(path, root, tasks, digest.hexdigest(), tuple(notices))

    def has(self, file: str) -> bool:
        """Tell whether one of its files is there."""
        return (self.path / file).is_file()

    def text(self, file: str) -> str:
        """Read one of its files.

        Raises:
            CatalogError: The file cannot be read, is not UTF-8, or is a link out of the catalog's folder.
        """
        return _text(self.path / file, self.root)


def is_scenario(path: Path) -> bool:
    """Tell whether a folder is meant as a scenario's: whole or not, it has one of the files that make one."""
    return not path.name.startswith((".", "_")) and any((path / file).is_file() for file in _ESSENTIAL)


def _text(path: Path, root: Path | None) -> str:
    if root is not None and not path.resolve().is_relative_to(root):
        raise CatalogError(f"{path} is a link out of {root}: put the file itself there")
    try:
        return path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise CatalogError(f"{path} cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise CatalogError(f"{path} is not UTF-8 text: {error.reason} at byte {error.start}") from error


def _tasks(path: Path, text: str) -> Tasks:
    try:
        return Tasks.model_validate(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise CatalogError(f"{path} is not TOML: {error}") from error
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False, include_context=False)[0]
        raise CatalogError(f"{path}: `{'.'.join(map(str, first['loc']))}`: {first['msg']}") from error
