"""A folder of scenarios in source form as a catalog, or one scenario's own folder.

A scenario's folder holds ``app.py``, ``schema.sql``, ``seed.sql``, ``tasks.toml`` and ``verifiers.py``.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

from awm_langgraph.catalog.catalog import Catalog
from awm_langgraph.catalog.folders import BUNDLED
from awm_langgraph.catalog.names import natural_order, normalise
from awm_langgraph.catalog.scenario import Scenario, VerifierMode, VerifierSource, fingerprint_of
from awm_langgraph.catalog.source_folder import APP, SCHEMA, SEED, VERIFIERS, SourceFolder, is_scenario
from awm_langgraph.catalog.statements import seed_of, tables_of
from awm_langgraph.catalog.verifier_module import verifier_of
from awm_langgraph.episode import Solution
from awm_langgraph.errors import CatalogError


class SourceCatalog(Catalog):
    """Reads a scenario's files each time it is asked, so that an edit shows at once."""

    def __init__(self, name: str, location: Path, folders: dict[str, SourceFolder], left_out: dict[str, str]) -> None:
        self.name = name
        self.location = location
        self.fingerprint = _fingerprint(folders)
        self.notices = tuple(
            [f"{key} is left out: {reason}" for key, reason in left_out.items()]
            + [notice for folder in folders.values() for notice in folder.notices]
        )
        self._is_ours = _is_ours(location)
        self._names = tuple(sorted(folders, key=natural_order))
        self._folders = folders
        self._left_out = left_out

    @classmethod
    def read(cls, name: str, location: Path) -> SourceCatalog:
        """Open a folder of scenarios' folders, or one scenario's own folder.

        Raises:
            CatalogError: There is no scenario in it that can be read.
            OSError: A folder cannot be read.
        """
        candidates = [location] if is_scenario(location) else sorted(filter(is_scenario, location.iterdir()))
        folders: dict[str, SourceFolder] = {}
        left_out: dict[str, str] = {}
        for path in candidates:
            key = normalise(path.name)
            try:
                folder = SourceFolder.read(path, root=None if _is_ours(location) else location)
            except CatalogError as error:
                left_out[key] = str(error)
                continue
            if key in folders:
                left_out[path.name] = f"{folders[key].path.name} has the same name, `{key}`"
            else:
                folders[key] = folder
        if not folders:
            found = "; ".join(left_out.values()) or "found neither"
            raise CatalogError(
                f"no catalog in {location}: expected gen_*.jsonl files, or folders with {APP} and {SCHEMA}: {found}"
            )
        return cls(name, location, folders, left_out)

    def names(self) -> tuple[str, ...]:
        """Return the names of the folders that hold a whole scenario."""
        return self._names

    def _description(self, key: str) -> str:
        return self._folders[key].contents.description

    def _instructions(self, key: str) -> tuple[str, ...]:
        return tuple(task.instruction for task in self._folders[key].contents.tasks)

    def _scenario(self, key: str) -> Scenario:
        folder = self._folders[key]
        code = folder.text(APP)
        try:
            tables = tables_of(folder.text(SCHEMA))
        except ValueError as error:
            raise CatalogError(f"{folder.path / SCHEMA}: {error}") from error
        try:
            seed = seed_of(folder.text(SEED) if folder.has(SEED) else "")
        except ValueError as error:
            raise CatalogError(f"{folder.path / SEED}: {error}") from error
        return Scenario(
            catalog=self.name,
            name=key,
            description=self._description(key),
            tables=tables,
            seed=seed,
            code=code,
            tasks=self._instructions(key),
            is_ours=self._is_ours,
            fingerprint=fingerprint_of(tables, seed, code),
        )

    def _verifier(self, key: str, task_idx: int, mode: VerifierMode) -> VerifierSource | None:
        folder = self._folders[key]
        if not folder.has(VERIFIERS):
            return None
        try:
            return verifier_of(folder.text(VERIFIERS), task_idx, mode)
        except SyntaxError as error:
            raise CatalogError(f"{folder.path / VERIFIERS}, line {error.lineno}: {error.msg}") from error

    def _solution(self, key: str, task_idx: int) -> Solution | None:
        return self._folders[key].contents.tasks[task_idx].solution()

    def _why_left_out(self, key: str) -> str:
        return self._left_out.get(key, "")


def _is_ours(location: Path) -> bool:
    """Tell whether a folder is that of the bundled scenarios or one of theirs."""
    return location.is_relative_to(BUNDLED)


def _fingerprint(folders: dict[str, SourceFolder]) -> str:
    """Hash the content of all files of all scenarios."""
    content = "\n".join(f"{key} {folder.sha256}" for key, folder in sorted(folders.items()))
    return hashlib.sha256(content.encode()).hexdigest()
