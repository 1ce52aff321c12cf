"""A folder of AWM JSON Lines files as a catalog."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from awm_langgraph.catalog.catalog import Catalog
from awm_langgraph.catalog.index import FileIndex, Progress, index_of
from awm_langgraph.catalog.names import natural_order, shown
from awm_langgraph.catalog.rows import (
    CODE,
    DATABASES,
    ESSENTIAL,
    FILES,
    SCENARIOS,
    SEEDS,
    SOLUTIONS,
    SPECIFICATION,
    TASKS,
    VERIFIERS,
    DataFile,
    R,
    task_key,
)
from awm_langgraph.catalog.scenario import (
    Scenario,
    SeedStatement,
    Table,
    VerifierMode,
    VerifierSource,
    fingerprint_of,
)
from awm_langgraph.episode import Solution
from awm_langgraph.errors import CatalogError

_NAMED_IN_A_NOTICE = 5


class JsonLinesCatalog(Catalog):
    """Reads one row at a time, by the byte offsets of an index."""

    def __init__(self, name: str, location: Path, indexes: dict[str, FileIndex]) -> None:
        self.name = name
        self.location = location
        self.fingerprint = _fingerprint(indexes)
        self._indexes = indexes
        whole = set.intersection(*(set(indexes[file.name].rows) for file in ESSENTIAL))
        self.notices = _notices(location, indexes)
        if not whole:
            needed = f"catalog {shown(name)} has no scenario with a row in each of {_listed(ESSENTIAL)}"
            raise CatalogError("; ".join([needed, *_faults(indexes)]))
        self._names = tuple(sorted(whole, key=natural_order))

    @classmethod
    def read(cls, name: str, location: Path, on_progress: Progress | None = None) -> JsonLinesCatalog:
        """Open a folder, indexing the files that are new or have changed.

        Raises:
            CatalogError: A file that every scenario needs is missing.
            OSError: A file cannot be read.
        """
        missing = [file for file in ESSENTIAL if not (location / file.name).is_file()]
        if missing:
            raise CatalogError(f"catalog {shown(name)} lacks {_listed(missing)}: get the data set's files again")
        present = [file for file in FILES if (location / file.name).is_file()]
        return cls(name, location, {file.name: index_of(location, file, on_progress) for file in present})

    def names(self) -> tuple[str, ...]:
        """Return the scenarios that have a row in every file a scenario needs."""
        return self._names

    def _description(self, key: str) -> str:
        row = self._row_if_any(SCENARIOS, key)
        return row.description if row else ""

    def _instructions(self, key: str) -> tuple[str, ...]:
        return self._row(TASKS, key).tasks

    def _scenario(self, key: str) -> Scenario:
        schema = self._row(DATABASES, key).db_schema
        sample = self._row(SEEDS, key).sample_data
        code = self._row(CODE, key).full_code
        tables = tuple(Table(name=table.name, ddl=table.ddl, indexes=table.indexes) for table in schema.tables)
        seed = tuple(
            SeedStatement(table=table.table_name, sql=sql) for table in sample.tables for sql in table.insert_statements
        )
        return Scenario(
            catalog=self.name,
            name=key,
            description=self._description(key),
            tables=tables,
            seed=seed,
            code=code,
            tasks=self._instructions(key),
            fingerprint=fingerprint_of(tables, seed, code),
        )

    def _verifier(self, key: str, task_idx: int, mode: VerifierMode) -> VerifierSource | None:
        row = self._row_if_any(VERIFIERS[mode], task_key(key, task_idx))
        return row.source(mode) if row else None

    def _solution(self, key: str, task_idx: int) -> Solution | None:
        row = self._row_if_any(SOLUTIONS, task_key(key, task_idx))
        return row.solution() if row else None

    def _why_left_out(self, key: str) -> str:
        lacking = [file for file in ESSENTIAL if key not in self._indexes[file.name].rows]
        return "" if len(lacking) == len(ESSENTIAL) else f"it has no usable row in {_listed(lacking)}"

    def _row_if_any(self, file: DataFile[R], key: str) -> R | None:
        index = self._indexes.get(file.name)
        return self._row(file, key) if index and key in index.rows else None

    def _row(self, file: DataFile[R], key: str) -> R:
        offset, length = self._indexes[file.name].rows[key]
        try:
            with (self.location / file.name).open("rb") as opened:
                opened.seek(offset)
                row = file.row.model_validate_json(opened.read(length))
        except (OSError, ValueError) as error:
            raise self._changed(file) from error
        if row.key != key:
            raise self._changed(file)
        return row

    def _changed(self, file: DataFile[Any]) -> CatalogError:
        return CatalogError(f"{self.location / file.name} has changed since the catalog was opened: open it again")


def _fingerprint(indexes: dict[str, FileIndex]) -> str:
    """Hash the content of all files, as their indexes know it."""
    content = "\n".join(f"{name} {index.sha256}" for name, index in sorted(indexes.items()))
    return hashlib.sha256(content.encode()).hexdigest()


def _notices(location: Path, indexes: dict[str, FileIndex]) -> tuple[str, ...]:
    told = [f"{file.name} is missing: {file.without}" for file in FILES if file.name not in indexes]
    if not (location / SPECIFICATION).is_file():
        told.append(f"{SPECIFICATION} is missing: nothing here reads it, but the folder is not the whole data set")
    for file in ESSENTIAL:
        mentioned = set().union(*(indexes[other.name].rows for other in ESSENTIAL))
        lacking = sorted(mentioned - set(indexes[file.name].rows), key=natural_order)
        if lacking:
            first = ", ".join(lacking[:_NAMED_IN_A_NOTICE]) + (", ..." if len(lacking) > _NAMED_IN_A_NOTICE else "")
            told.append(f"{file.name} lacks {len(lacking):,} of the scenarios, which are left out: {first}")
    for index in indexes.values():
        told.extend(index.notices)
    return tuple(dict.fromkeys(told))


def _faults(indexes: dict[str, FileIndex]) -> list[str]:
    """Say what is wrong with the files that every scenario needs, where any is without a single good row."""
    barren = [file.name for file in ESSENTIAL if not indexes[file.name].rows]
    told = [notice for name in barren for notice in indexes[name].notices]
    return [*(f"{name} has no usable row" for name in barren), *told]


def _listed(files: Sequence[DataFile[Any]]) -> str:
    return ", ".join(file.name for file in files)
