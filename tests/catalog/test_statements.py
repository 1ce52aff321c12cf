import sqlite3

import pytest
from hypothesis import given
from hypothesis import strategies as st

from awm_langgraph.catalog.statements import inserted_table, seed_of, split, tables_of


def test_a_semicolon_in_a_string_name_or_comment_ends_no_statement() -> None:
    script = """
    -- first; of two
    INSERT INTO "a;b" VALUES ('x;
    y', 'it''s; fine'); /* between;
    */ INSERT INTO [c;d] VALUES (1 /* ; */, `e;f`); -- last;
    """
    assert list(split(script)) == [
        "INSERT INTO \"a;b\" VALUES ('x;\n    y', 'it''s; fine');",
        "INSERT INTO [c;d] VALUES (1 /* ; */, `e;f`);",
    ]


def test_a_last_statement_without_semicolon_and_empty_statements_are_read() -> None:
    assert list(split(";; SELECT 1 ;\n ; SELECT 2")) == ["SELECT 1 ;", "SELECT 2;"]
    assert list(split("-- nothing\n\n")) == []


@given(st.lists(st.text(alphabet="a';-/*\"\n[]` ,", max_size=12), min_size=1, max_size=6))
def test_statements_are_cut_where_sqlite_cuts_them(texts: list[str]) -> None:
    literals = ["'" + text.replace("'", "''") + "'" for text in texts]
    script = "\n".join(f"SELECT {literal} /* ; ' */;" for literal in literals)
    found = list(split(script))
    assert all(sqlite3.complete_statement(statement) for statement in found)
    with sqlite3.connect(":memory:") as database:
        assert [database.execute(statement).fetchone()[0] for statement in found] == texts
    database.close()


def test_a_schema_gives_tables_each_with_its_indexes() -> None:
    tables = tables_of(
        """
        CREATE TABLE IF NOT EXISTS "order" (id INTEGER);
        create table main.items (id INTEGER);
        CREATE UNIQUE INDEX by_id ON Items (id);
        CREATE INDEX "x" ON "order" (id);
        CREATE INDEX y ON [order] (id);
        """
    )
    assert [(table.name, len(table.indexes)) for table in tables] == [("order", 2), ("items", 1)]
    assert tables[1].ddl == "create table main.items (id INTEGER);"
    assert tables[1].indexes == ("CREATE UNIQUE INDEX by_id ON Items (id);",)


@pytest.mark.parametrize(
    "statement", ["CREATE VIEW v AS SELECT 1;", "CREATE INDEX i ON missing (id);", "PRAGMA foreign_keys = ON;"]
)
def test_a_schema_with_anything_else_is_refused(statement: str) -> None:
    with pytest.raises(ValueError, match="expected CREATE TABLE, or CREATE INDEX on a table above, found"):
        tables_of(f"CREATE TABLE t (id INTEGER); {statement}")


def test_a_seed_names_the_table_of_each_row() -> None:
    seed = seed_of('INSERT INTO a VALUES (1); INSERT OR REPLACE INTO "b c" VALUES (2); REPLACE INTO `d` VALUES (3);')
    assert [statement.table for statement in seed] == ["a", "b c", "d"]


def test_a_seed_with_anything_but_rows_is_refused() -> None:
    with pytest.raises(ValueError, match="expected INSERT INTO, found `DELETE FROM a;`"):
        seed_of("INSERT INTO a VALUES (1); DELETE FROM a;")


def test_only_an_insert_has_an_inserted_table() -> None:
    assert inserted_table("  insert into main.items (a) values (1)") == "items"
    assert inserted_table("UPDATE items SET a = 1") is None
