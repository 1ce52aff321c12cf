"""Build a scenario's database from its DDL and its seed rows, in one transaction and in memory."""

from __future__ import annotations

import sqlite3
import time
from dataclasses import dataclass

from awm_langgraph.catalog.scenario import Scenario, SeedStatement, Table
from awm_langgraph.environment.database import MAX_DATABASE_BYTES
from awm_langgraph.episode import SeedProblem
from awm_langgraph.errors import EnvironmentBuildError

BUILD_SECONDS = 20.0
"""Longest time that all statements of one scenario may take together."""

_MAX_VALUE_BYTES = 64 * 1024 * 1024
_PAGE_BYTES = 4096
_OPCODES_BETWEEN_CHECKS = 10_000
_DENIED = frozenset(
    {
        sqlite3.SQLITE_ATTACH,
        sqlite3.SQLITE_DETACH,
        sqlite3.SQLITE_PRAGMA,
        # a temporary table is in a database of its own, whose size nothing bounds
        sqlite3.SQLITE_CREATE_TEMP_TABLE,
    }
)
_EXHAUSTED = {
    "SQLITE_INTERRUPT": "its statements take too long",
    "SQLITE_FULL": f"its rows take more than {MAX_DATABASE_BYTES} bytes",
}
"""Errors after which no further statement can be tried, and what they mean here."""


@dataclass(frozen=True)
class SeedDatabase:
    """A database as SQLite file bytes, with what could not be put into it."""

    image: bytes
    problems: tuple[SeedProblem, ...]


def build_database(
    scenario: Scenario, *, strict_seed: bool = False, timeout_seconds: float = BUILD_SECONDS
) -> SeedDatabase:
    r"""Create the tables and insert the rows of a scenario.

    A row that SQLite refuses is tried again with ``\'`` read as ``''`` (a fault of the data set) and else reported.

    Raises:
        EnvironmentBuildError: a DDL statement failed, or a row did under ``strict_seed``; or the statements take more
            time or space than they may.
    """
    connection = _open_guarded(timeout_seconds)
    try:
        connection.execute("BEGIN")
        _create_tables(connection, scenario)
        problems = tuple(_insert_rows(connection, scenario))
        connection.execute("COMMIT")
        # SQLite counts its pages by a PRAGMA of its own to serialise
        connection.set_authorizer(None)
        image = connection.serialize()
    finally:
        connection.close()
    if strict_seed and problems:
        raise EnvironmentBuildError(_strict_refusal(scenario, problems))
    return SeedDatabase(image, problems)


def _open_guarded(timeout_seconds: float) -> sqlite3.Connection:
    """Open a scratch database in which SQL of a data set can touch no file, and cannot run or grow forever."""
    connection = sqlite3.connect(":memory:", isolation_level=None)
    connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, _MAX_VALUE_BYTES)
    connection.execute(f"PRAGMA page_size = {_PAGE_BYTES}")
    connection.execute(f"PRAGMA max_page_count = {MAX_DATABASE_BYTES // _PAGE_BYTES}")
    connection.set_authorizer(lambda action, *_: sqlite3.SQLITE_DENY if action in _DENIED else sqlite3.SQLITE_OK)
    deadline = time.monotonic() + timeout_seconds
    connection.set_progress_handler(lambda: int(time.monotonic() > deadline), _OPCODES_BETWEEN_CHECKS)
    return connection


def _create_tables(connection: sqlite3.Connection, scenario: Scenario) -> None:
    for table in scenario.tables:
        for statement in (table.ddl, *table.indexes):
            try:
                connection.execute(statement)
            except sqlite3.Error as error:
                raise EnvironmentBuildError(_ddl_refusal(scenario, table, statement, error)) from error


def _insert_rows(connection: sqlite3.Connection, scenario: Scenario) -> list[SeedProblem]:
    problems = []
    for row in scenario.seed:
        try:
            reason = _insert(connection, row)
        except sqlite3.OperationalError as error:
            raise EnvironmentBuildError(
                f"scenario {scenario.name}: {_EXHAUSTED[error.sqlite_errorname]}; the last one, of table {row.table}, "
                f"is: {row.sql}"
            ) from error
        if not connection.in_transaction:
            raise EnvironmentBuildError(
                f"scenario {scenario.name}: a seed row of {row.table} ended the transaction: {row.sql}"
            )
        if reason:
            problems.append(SeedProblem(scenario=scenario.name, table=row.table, statement=row.sql, reason=reason))
    return problems


def _insert(connection: sqlite3.Connection, row: SeedStatement) -> str:
    """Run one statement and answer why it failed, or nothing.

    Raises:
        sqlite3.OperationalError: time or space is exhausted.
    """
    repaired = row.sql.replace("\\'", "''")
    reason = ""
    for statement in dict.fromkeys((row.sql, repaired)):
        try:
            connection.execute(statement)
        except (sqlite3.Error, sqlite3.Warning) as error:
            if getattr(error, "sqlite_errorname", "") in _EXHAUSTED:
                raise
            reason = reason or str(error)
        else:
            return ""
    return reason


def _ddl_refusal(scenario: Scenario, table: Table, statement: str, error: sqlite3.Error) -> str:
    return f"scenario {scenario.name}: the DDL of table {table.name} fails ({error}): {statement}"


def _strict_refusal(scenario: Scenario, problems: tuple[SeedProblem, ...]) -> str:
    first = problems[0]
    return (
        f"scenario {scenario.name}: {len(problems)} seed rows fail and --strict-seed was asked for; "
        f"first, table {first.table}: {first.reason}: {first.statement}"
    )
