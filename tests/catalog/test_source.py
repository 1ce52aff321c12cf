from collections.abc import Callable
from pathlib import Path

import pytest

from awm_langgraph.catalog import Catalog, SeedStatement
from awm_langgraph.errors import CatalogError

Write = Callable[..., Path]


def test_a_folder_of_scenarios_is_read(write_source: Write) -> None:
    catalog = Catalog.open(write_source("shop", "Big Shop-2"))
    assert catalog.names() == ("big_shop_2", "shop")
    scenario = catalog.scenario("Big Shop/2")
    assert scenario.description == "A shop."
    assert [(table.name, len(table.indexes)) for table in scenario.tables] == [("items", 1), ("notes", 0)]
    assert scenario.seed == (
        SeedStatement(table="items", sql="INSERT INTO items (name) VALUES ('cup; large');"),
        SeedStatement(table="notes", sql="INSERT INTO notes VALUES ('it''s');"),
    )
    assert scenario.tasks == ("Add a mug.", "Count the items.")
    assert scenario.code == "engine = create_engine(URL)\n"
    assert catalog.notices == ()


def test_one_scenarios_own_folder_is_a_catalog_too(write_source: Write) -> None:
    catalog = Catalog.open(write_source("shop") / "shop")
    assert catalog.names() == ("shop",)
    assert catalog.task("shop", 0).instruction == "Add a mug."


def test_verifiers_and_solutions_are_those_of_the_task(write_source: Write) -> None:
    catalog = Catalog.open(write_source("shop"))
    code, sql = catalog.verifier("shop", 0), catalog.verifier("shop", 0, "sql")
    assert code is not None
    assert code.function_name == "verify_task_0"
    assert sql is not None
    assert sql.function_name == "verify_task_0_evidence"
    assert catalog.verifier("shop", 1, "sql") is None
    solution = catalog.solution("shop", 0)
    assert solution is not None
    assert (solution.calls[0].tool, solution.calls[0].arguments) == ("create_item", {"name": "mug"})
    assert solution.final_answer == "Added."
    assert catalog.solution("shop", 1) is None


def test_only_the_bundled_scenarios_are_ours(write_source: Write) -> None:
    folder = write_source("shop")
    bundled = Catalog.open("bundled")
    assert bundled.names()
    assert all(bundled.scenario(name).is_ours for name in bundled.names())
    assert Catalog.open(bundled.location / bundled.names()[0]).scenario(bundled.names()[0]).is_ours
    (folder / "bundled").symlink_to(folder / "shop")
    assert not Catalog.open(folder).scenario("shop").is_ours
    assert not Catalog.open(folder / "bundled").scenario("shop").is_ours


@pytest.mark.parametrize("file", ["app.py", "schema.sql", "tasks.toml"])
def test_a_folder_without_a_needed_file_is_left_out_and_told(file: str, write_source: Write) -> None:
    folder = write_source("shop", "bank")
    (folder / "shop" / file).unlink()
    catalog = Catalog.open(folder)
    assert catalog.names() == ("bank",)
    assert catalog.notices == (f"shop is left out: {folder / 'shop'} lacks {file}",)
    with pytest.raises(CatalogError, match=f"not whole: .* lacks {file}"):
        catalog.scenario("shop")
    with pytest.raises(CatalogError, match=f"lacks {file}"):
        Catalog.open(folder / "shop")


def test_other_folders_and_files_beside_the_scenarios_are_no_matter(write_source: Write) -> None:
    folder = write_source("shop", "_drafts", ".hidden")
    (folder / "empty").mkdir()
    (folder / "README.md").write_text("Scenarios.", encoding="utf-8")
    catalog = Catalog.open(folder)
    assert catalog.names() == ("shop",)
    assert catalog.notices == ()


def test_two_folders_of_one_name_are_told(write_source: Write) -> None:
    catalog = Catalog.open(write_source("a b", "a_b"))
    assert catalog.names() == ("a_b",)
    assert catalog.notices == ("a_b is left out: a b has the same name, `a_b`",)


def test_a_folder_outside_is_not_followed(write_source: Write, tmp_path: Path) -> None:
    outside = write_source("outside").rename(tmp_path / "elsewhere") / "outside"
    folder = write_source("shop")
    (folder / "linked").symlink_to(outside)
    catalog = Catalog.open(folder)
    assert catalog.names() == ("shop",)
    assert "is a link out of" in catalog.notices[0]
    with pytest.raises(CatalogError, match="is a link out of"):
        catalog.scenario("linked")


def test_a_file_outside_is_not_read_even_when_it_is_linked_later(write_source: Write, tmp_path: Path) -> None:
    folder = write_source("shop")
    catalog = Catalog.open(folder)
    secret = tmp_path / "secret.py"
    secret.write_text("SECRET = 1\n", encoding="utf-8")
    (folder / "shop" / "app.py").unlink()
    (folder / "shop" / "app.py").symlink_to(secret)
    with pytest.raises(CatalogError, match="is a link out of"):
        catalog.scenario("shop")


def test_a_folder_that_is_itself_reached_by_a_link_is_read(write_source: Write, tmp_path: Path) -> None:
    link = tmp_path / "link"
    link.symlink_to(write_source("shop"))
    assert Catalog.open(link).scenario("shop").tasks == ("Add a mug.", "Count the items.")


@pytest.mark.parametrize(
    ("file", "text", "message"),
    [
        ("schema.sql", "DROP TABLE items;", r"schema\.sql: expected CREATE TABLE"),
        ("seed.sql", "VACUUM;", r"seed\.sql: expected INSERT INTO"),
        ("app.py", "\udcff", r"app\.py is not UTF-8 text"),
    ],
)
def test_a_file_that_cannot_be_read_is_named(file: str, text: str, message: str, write_source: Write) -> None:
    folder = write_source("shop")
    catalog = Catalog.open(folder)
    (folder / "shop" / file).write_bytes(text.encode("utf-8", "surrogateescape"))
    with pytest.raises(CatalogError, match=message):
        catalog.scenario("shop")


def test_verifiers_that_are_no_python_are_told_with_the_line(write_source: Write) -> None:
    folder = write_source("shop")
    (folder / "shop" / "verifiers.py").write_text("import re\ndef verify_task_0(:\n", encoding="utf-8")
    with pytest.raises(CatalogError, match=r"verifiers\.py, line 2: "):
        Catalog.open(folder).verifier("shop", 0)


def test_missing_seed_and_verifiers_are_told(write_source: Write) -> None:
    folder = write_source("shop")
    (folder / "shop" / "seed.sql").unlink()
    (folder / "shop" / "verifiers.py").unlink()
    catalog = Catalog.open(folder)
    assert catalog.scenario("shop").seed == ()
    assert catalog.verifier("shop", 0) is None
    assert catalog.notices == (
        f"{folder / 'shop' / 'seed.sql'} is missing: its tables start empty",
        f"{folder / 'shop' / 'verifiers.py'} is missing: its tasks cannot be verified",
    )


def test_the_fingerprint_follows_every_file(write_source: Write) -> None:
    folder = write_source("shop", "bank")
    seen = {Catalog.open(folder).fingerprint}
    for file in ("app.py", "schema.sql", "seed.sql", "tasks.toml", "verifiers.py"):
        path = folder / "bank" / file
        comment = "-- x\n" if file.endswith(".sql") else "# x\n"
        path.write_text(path.read_text(encoding="utf-8") + comment, encoding="utf-8")
        seen.add(Catalog.open(folder).fingerprint)
    assert len(seen) == 6
    assert Catalog.open(folder).fingerprint in seen


def test_an_edit_shows_in_an_open_catalog(write_source: Write) -> None:
    folder = write_source("shop")
    catalog = Catalog.open(folder)
    before = catalog.scenario("shop")
    (folder / "shop" / "app.py").write_text("create_engine(OTHER)\n", encoding="utf-8")
    after = catalog.scenario("shop")
    assert after.code == "create_engine(OTHER)\n"
    assert after.fingerprint != before.fingerprint
