"""What every collection of scenarios offers, whatever form its files have."""

from __future__ import annotations

from abc import ABC, abstractmethod
from pathlib import Path

from awm_langgraph.catalog.index import Progress
from awm_langgraph.catalog.names import did_you_mean, normalise, require_no_path, shown
from awm_langgraph.catalog.scenario import Scenario, ScenarioSummary, VerifierMode, VerifierSource
from awm_langgraph.episode import Solution, Task
from awm_langgraph.errors import CatalogError


class Catalog(ABC):
    """A collection of scenarios, read only; every method reads files and none keeps one open.

    ``name`` is what it was opened as, ``location`` where it lies. ``fingerprint`` is a SHA-256 (hex) of the content of
    the files it reads. ``notices`` tells in one line each what was mended, skipped or is missing.

    Every method that takes a scenario's name takes it as people write it (``E-Commerce/33``). An unknown scenario, a
    task outside its scenario's range and a file that cannot be read raise CatalogError.
    """

    name: str
    location: Path
    fingerprint: str
    notices: tuple[str, ...]

    @staticmethod
    def open(
        path_or_name: str | Path = "bundled",
        *,
        data_dir: Path | None = None,
        on_progress: Progress | None = None,
    ) -> Catalog:
        """Open ``bundled``, ``awm-1k``, a folder of AWM JSON Lines, or a folder of scenarios in source form.

        ``data_dir`` is where ``awm-1k`` lies or is put (default: ``AWM_DATA_DIR``, else the user's cache).
        ``on_progress`` hears ``(file, bytes done, bytes in all)`` while files are read for the first time.

        Raises:
            CatalogError: There is no such catalog, it has no scenarios, or a file it needs is missing.
        """
        from awm_langgraph.catalog.opening import open_catalog  # which needs this class

        return open_catalog(path_or_name, data_dir=data_dir, on_progress=on_progress)

    @abstractmethod
    def names(self) -> tuple[str, ...]:
        """Return the scenarios' normalised names, numbers in counting order."""

    def summary(self, name: str) -> ScenarioSummary:
        """Read what a list shows of one scenario, without its code and data."""
        key = self._key(name)
        return ScenarioSummary(name=key, description=self._description(key), tasks=len(self._instructions(key)))

    def scenario(self, name: str) -> Scenario:
        """Read one scenario whole."""
        return self._scenario(self._key(name))

    def task(self, name: str, task_idx: int) -> Task:
        """Read one task."""
        key = self._key(name)
        instruction = self._instructions(key)[self._index(key, task_idx)]
        return Task(catalog=self.name, scenario=key, task_idx=task_idx, instruction=instruction)

    def verifier(self, name: str, task_idx: int, mode: VerifierMode = "code") -> VerifierSource | None:
        """Read a task's verifier in one mode; None where it has none."""
        key = self._key(name)
        return self._verifier(key, self._index(key, task_idx), mode)

    def solution(self, name: str, task_idx: int) -> Solution | None:
        """Read a task's reference solution; None where it has none."""
        key = self._key(name)
        return self._solution(key, self._index(key, task_idx))

    @abstractmethod
    def _description(self, key: str) -> str: ...

    @abstractmethod
    def _instructions(self, key: str) -> tuple[str, ...]: ...

    @abstractmethod
    def _scenario(self, key: str) -> Scenario: ...

    @abstractmethod
    def _verifier(self, key: str, task_idx: int, mode: VerifierMode) -> VerifierSource | None: ...

    @abstractmethod
    def _solution(self, key: str, task_idx: int) -> Solution | None: ...

    @abstractmethod
    def _why_left_out(self, key: str) -> str:
        """Say why a scenario that files mention is not among the names; empty where none mentions it."""

    def _key(self, name: str) -> str:
        require_no_path(name)
        key = normalise(name)
        known = self.names()
        if key in known:
            return key
        if reason := self._why_left_out(key):
            raise CatalogError(f"scenario {shown(name)} of catalog {shown(self.name)} is not whole: {reason}")
        hint = did_you_mean(key, known) or f"; it has {len(known)}, `scenarios list` shows them"
        raise CatalogError(f"no scenario {shown(name)} in catalog {shown(self.name)}{hint}")

    def _index(self, key: str, task_idx: int) -> int:
        count = len(self._instructions(key))
        if 0 <= task_idx < count:
            return task_idx
        expected = f"expected 0 to {count - 1}" if count else "it has no tasks"
        raise CatalogError(f"no task {task_idx} in scenario `{key}`: {expected}")
