from awm_langgraph.catalog.scenario import SeedStatement, Table, fingerprint_of

TABLES = (Table(name="a", ddl="CREATE TABLE a (x);"), Table(name="b", ddl="CREATE TABLE b (y);"))
SEED = (SeedStatement(table="a", sql="INSERT INTO a VALUES (1);"),)


def test_a_fingerprint_is_the_same_for_the_same_world() -> None:
    assert fingerprint_of(TABLES, SEED, "code") == fingerprint_of(list(TABLES), list(SEED), "code")
    assert len(fingerprint_of(TABLES, SEED, "code")) == 64


def test_a_fingerprint_changes_with_tables_their_order_indexes_seed_and_code() -> None:
    indexed = (TABLES[0].model_copy(update={"indexes": ("CREATE INDEX i ON a (x);",)}), TABLES[1])
    worlds = [
        (TABLES, SEED, "code"),
        (TABLES[:1], SEED, "code"),
        (TABLES[::-1], SEED, "code"),
        (indexed, SEED, "code"),
        (TABLES, (), "code"),
        (TABLES, SEED, "code "),
    ]
    assert len({fingerprint_of(*world) for world in worlds}) == len(worlds)
