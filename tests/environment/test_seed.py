import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from awm_langgraph.catalog.scenario import Scenario, SeedStatement, Table
from awm_langgraph.environment.seed import build_database
from awm_langgraph.errors import EnvironmentBuildError

DDL = "CREATE TABLE items (id INTEGER PRIMARY KEY, name TEXT NOT NULL);"


def scenario(*statements: str, ddl: str = DDL, indexes: tuple[str, ...] = ()) -> Scenario:
    return Scenario(
        catalog="test",
        name="shop",
        description="",
        tables=(Table(name="items", ddl=ddl, indexes=indexes),),
        seed=tuple(SeedStatement(table="items", sql=sql) for sql in statements),
        code="",
        tasks=(),
        fingerprint="0" * 64,
    )


@contextmanager
def opened(image: bytes) -> Iterator[sqlite3.Connection]:
    connection = sqlite3.connect(":memory:")
    connection.deserialize(image)
    yield connection
    connection.close()


def names(image: bytes) -> list[str]:
    with opened(image) as connection:
        return [name for (name,) in connection.execute("SELECT name FROM items ORDER BY id")]


def test_rows_and_indexes_are_there_after_the_build() -> None:
    built = build_database(
        scenario("INSERT INTO items (name) VALUES ('a')", indexes=("CREATE INDEX by_name ON items (name)",))
    )
    assert names(built.image) == ["a"]
    assert built.problems == ()
    with opened(built.image) as connection:
        assert connection.execute("SELECT count(*) FROM sqlite_master WHERE name = 'by_name'").fetchone() == (1,)


def test_an_escaped_quote_is_mended() -> None:
    built = build_database(scenario(r"INSERT INTO items (name) VALUES ('Anna\'s desk')"))
    assert names(built.image) == ["Anna's desk"]
    assert built.problems == ()


def test_a_backslash_before_a_closing_quote_stays_as_it_is() -> None:
    built = build_database(scenario("INSERT INTO items (name) VALUES ('C:\\')"))
    assert names(built.image) == ["C:\\"]


def test_a_row_that_fails_is_reported_with_table_statement_and_reason_and_the_others_are_kept() -> None:
    bad = "INSERT INTO items (nam) VALUES ('b')"
    built = build_database(
        scenario("INSERT INTO items (name) VALUES ('a')", bad, "INSERT INTO items (name) VALUES ('c')")
    )
    assert names(built.image) == ["a", "c"]
    (problem,) = built.problems
    assert (problem.scenario, problem.table, problem.statement) == ("shop", "items", bad)
    assert "nam" in problem.reason


def test_strict_seed_refuses_a_row_that_fails() -> None:
    with pytest.raises(EnvironmentBuildError, match="1 seed rows fail and --strict-seed"):
        build_database(scenario("INSERT INTO nowhere VALUES (1)"), strict_seed=True)


def test_a_failing_ddl_is_refused_always() -> None:
    with pytest.raises(EnvironmentBuildError, match="the DDL of table items fails"):
        build_database(scenario(ddl="CREATE TABLE items (id INTEGER PRIMARY KEY,"))


def test_a_failing_index_is_refused_too() -> None:
    with pytest.raises(EnvironmentBuildError, match="no such column"):
        build_database(scenario(indexes=("CREATE INDEX by_size ON items (size)",)))


def test_a_seed_statement_cannot_reach_another_file(tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere.db"
    built = build_database(scenario(f"ATTACH DATABASE '{elsewhere}' AS other"))
    assert "not authorized" in built.problems[0].reason
    assert not elsewhere.exists()


def test_a_row_that_ends_the_transaction_is_refused() -> None:
    with pytest.raises(EnvironmentBuildError, match="ended the transaction"):
        build_database(scenario("COMMIT"))


def test_a_statement_that_makes_a_giant_value_is_reported() -> None:
    built = build_database(scenario("INSERT INTO items (name) VALUES (zeroblob(900000000))"))
    assert "too big" in built.problems[0].reason


def many(columns: str, limit: str = "") -> str:
    return f"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n {limit}) SELECT {columns} FROM n"


def test_rows_that_would_take_all_memory_are_refused() -> None:
    with pytest.raises(EnvironmentBuildError, match="more than 268435456 bytes; the last one, of table items, is: INS"):
        build_database(scenario("INSERT INTO items (name) " + many("zeroblob(60000000)", "LIMIT 6")))


def test_a_statement_that_does_not_end_is_refused() -> None:
    with pytest.raises(EnvironmentBuildError, match="take too long; the last one, of table items, is: INSERT"):
        build_database(scenario("INSERT INTO items (name) " + many("i") + " WHERE i < 0"), timeout_seconds=0.0)


def test_a_seed_statement_cannot_fill_a_temporary_database() -> None:
    built = build_database(scenario("CREATE TEMP TABLE big (x)", "CREATE TEMP TABLE more AS SELECT 1"))
    assert [problem.reason for problem in built.problems] == ["not authorized", "not authorized"]
