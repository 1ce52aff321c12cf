import json
import os
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from awm_langgraph.catalog import Catalog, SeedStatement, Table
from awm_langgraph.errors import CatalogError

Rows = dict[str, list[dict[str, Any]]]
Write = Callable[..., Path]


def test_a_scenario_is_joined_by_name_and_not_by_line(write_jsonl: Write) -> None:
    def reorder(rows: Rows) -> None:
        rows["gen_envs"].reverse()
        rows["gen_tasks"].sort(key=lambda row: str(row["tasks"]), reverse=True)

    scenario = Catalog.open(write_jsonl("shop_1", "bank_2", "zoo_3", change=reorder)).scenario("bank_2")
    assert scenario.description == "About bank_2."
    assert scenario.code.startswith("# bank_2")
    assert scenario.tasks == ("First of bank_2.", "Second of bank_2.")
    assert scenario.tables == (
        Table(name="items", ddl="CREATE TABLE items (name TEXT);", indexes=("CREATE INDEX i ON items (name);",)),
    )
    assert scenario.seed == (SeedStatement(table="items", sql="INSERT INTO items VALUES ('cup');"),)
    assert not scenario.is_ours


def test_a_whole_folder_gives_nothing_to_tell(write_jsonl: Write) -> None:
    assert Catalog.open(write_jsonl("shop_1", "bank_2")).notices == ()


def test_names_in_the_files_are_normalised_and_found_as_written(write_jsonl: Write) -> None:
    catalog = Catalog.open(write_jsonl("E-Commerce 33", "e_commerce_4"))
    assert catalog.names() == ("e_commerce_4", "e_commerce_33")
    assert catalog.task("E-Commerce/33", 1).instruction == "Second of E-Commerce 33."
    assert catalog.verifier("e commerce 33", 0) is not None


def test_each_task_has_a_verifier_per_mode_and_a_solution(write_jsonl: Write) -> None:
    catalog = Catalog.open(write_jsonl("shop_1"))
    code, sql, solution = (
        catalog.verifier("shop_1", 1),
        catalog.verifier("shop_1", 1, "sql"),
        catalog.solution("shop_1", 1),
    )
    assert code is not None
    assert (code.mode, code.function_name, code.guidance) == ("code", "verify_task_completion", "")
    assert sql is not None
    assert (sql.mode, sql.function_name) == ("sql", "verify_task")
    assert sql.guidance == "Reasoning:\nLook at items.\n\nSuccess criteria:\nOne more."
    assert solution is not None
    assert [call.tool for call in solution.calls] == ["create_item"]


def test_the_first_of_two_verifiers_wins_and_it_is_told(write_jsonl: Write) -> None:
    def repeat(rows: Rows) -> None:
        again = json.loads(json.dumps(rows["gen_verifier"][0]))
        again["verification"]["code"] = "def verify_second(a, b):\n    return {}\n"
        rows["gen_verifier"].append(again)

    catalog = Catalog.open(write_jsonl("shop_1", change=repeat))
    verifier = catalog.verifier("shop_1", 0, "sql")
    assert verifier is not None
    assert verifier.function_name == "verify_task"
    assert catalog.notices == ("gen_verifier.jsonl: 1 repeated row skipped; the first of each is used",)


def test_an_empty_verifier_is_none_and_a_later_one_with_content_is_used(write_jsonl: Write) -> None:
    def empty(rows: Rows) -> None:
        first, second = rows["gen_verifier.pure_code"][:2]
        rows["gen_verifier.pure_code"].append(json.loads(json.dumps(first)))
        first["verification"]["code"] = "pass"
        second["verification"] = None

    catalog = Catalog.open(write_jsonl("shop_1", change=empty))
    assert catalog.verifier("shop_1", 0) is not None
    assert catalog.verifier("shop_1", 1) is None
    assert catalog.notices == ("gen_verifier.pure_code.jsonl: 2 rows without content skipped",)


@pytest.mark.parametrize("file", ["gen_envs", "gen_db", "gen_tasks", "gen_sample"])
def test_a_missing_file_that_every_scenario_needs_is_an_error_that_names_it(file: str, write_jsonl: Write) -> None:
    folder = write_jsonl("shop_1")
    (folder / f"{file}.jsonl").unlink()
    with pytest.raises(CatalogError, match=f"lacks {file}.jsonl"):
        Catalog.open(folder)


@pytest.mark.parametrize("file", ["gen_scenario", "gen_spec", "gen_verifier", "gen_verifier.pure_code", "oracle"])
def test_any_other_missing_file_is_told(file: str, write_jsonl: Write) -> None:
    folder = write_jsonl("shop_1")
    (folder / f"{file}.jsonl").unlink()
    catalog = Catalog.open(folder)
    (notice,) = catalog.notices
    assert notice.startswith(f"{file}.jsonl is missing: ")
    assert catalog.scenario("shop_1").description == ("" if file == "gen_scenario" else "About shop_1.")
    assert (catalog.verifier("shop_1", 0) is None) == (file == "gen_verifier.pure_code")
    assert (catalog.verifier("shop_1", 0, "sql") is None) == (file == "gen_verifier")
    assert (catalog.solution("shop_1", 0) is None) == (file == "oracle")


def test_a_scenario_without_a_row_in_every_needed_file_is_left_out_and_told(write_jsonl: Write) -> None:
    def lose(rows: Rows) -> None:
        del rows["gen_envs"][0]

    catalog = Catalog.open(write_jsonl("shop_1", "bank_2", change=lose))
    assert catalog.names() == ("bank_2",)
    assert catalog.notices == ("gen_envs.jsonl lacks 1 of the scenarios, which are left out: shop_1",)
    with pytest.raises(CatalogError, match=r"not whole: it has no usable row in gen_envs\.jsonl"):
        catalog.scenario("shop_1")


def test_rows_about_unknown_scenarios_and_tasks_are_no_matter(write_jsonl: Write) -> None:
    def more(rows: Rows) -> None:
        rows["oracle"].append(rows["oracle"][0] | {"scenario": "unknown_9"})
        rows["oracle"].append(rows["oracle"][0] | {"task_idx": 99})

    catalog = Catalog.open(write_jsonl("shop_1", change=more))
    assert catalog.names() == ("shop_1",)
    assert catalog.notices == ()


def test_a_damaged_file_still_gives_its_good_rows(write_jsonl: Write) -> None:
    folder = write_jsonl("shop_1", "bank_2", "zoo_3")
    path = folder / "gen_envs.jsonl"
    first, second, third = path.read_bytes().splitlines()
    path.write_bytes(b"\xef\xbb\xbf" + first + b"\r\n\r\n" + second[:30] + b"\r\n" + third)
    catalog = Catalog.open(folder)
    assert catalog.names() == ("shop_1", "zoo_3")
    assert catalog.scenario("shop_1").code.startswith("# shop_1")
    assert catalog.scenario("zoo_3").code.startswith("# zoo_3")
    assert any("gen_envs.jsonl: line 3 skipped" in notice for notice in catalog.notices)
    assert Catalog.open(folder).notices == catalog.notices


def test_a_folder_without_one_whole_scenario_is_an_error(write_jsonl: Write) -> None:
    folder = write_jsonl("shop_1")
    (folder / "gen_db.jsonl").write_bytes(b"")
    with pytest.raises(CatalogError, match="has no scenario with a row in each of"):
        Catalog.open(folder)


@pytest.mark.parametrize(
    "content", [b"", b"\x93\xff\x00 no text\n" * 9, '{"scenario": "shop_1", "tasks": ["Do."]}\n'.encode("utf-16")]
)
def test_the_one_file_that_leaves_no_scenario_whole_is_named_with_what_is_wrong_with_it(
    content: bytes, write_jsonl: Write
) -> None:
    folder = write_jsonl("shop_1")
    (folder / "gen_tasks.jsonl").write_bytes(content)
    with pytest.raises(CatalogError, match=r"; gen_tasks\.jsonl has no usable row") as told:
        Catalog.open(folder)
    assert ("gen_tasks.jsonl: line 1 skipped" in str(told.value)) == bool(content)
    assert "gen_db.jsonl has no usable row" not in str(told.value)


def test_opening_with_an_index_reads_no_data(write_jsonl: Write) -> None:
    folder = write_jsonl("shop_1")
    opened = Catalog.open(folder)
    path = folder / "gen_envs.jsonl"
    status = path.stat()
    path.write_bytes(b"x" * status.st_size)
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
    again = Catalog.open(folder)
    assert again.names() == ("shop_1",)
    assert again.fingerprint == opened.fingerprint


@pytest.mark.parametrize("content", [b"", b"x" * 10_000, None])
def test_a_file_that_changed_under_an_open_catalog_is_told_and_never_misread(
    content: bytes | None, write_jsonl: Write
) -> None:
    folder = write_jsonl("shop_1", "bank_2")
    catalog = Catalog.open(folder)
    path = folder / "gen_tasks.jsonl"
    swapped = b"".join(reversed(path.read_bytes().splitlines(keepends=True)))
    path.write_bytes(swapped if content is None else content)
    with pytest.raises(CatalogError, match="has changed since the catalog was opened"):
        catalog.task("shop_1", 0)


def test_the_fingerprint_follows_the_content_and_not_the_time(write_jsonl: Write) -> None:
    folder = write_jsonl("shop_1")
    path = folder / "gen_tasks.jsonl"
    first = Catalog.open(folder).fingerprint
    os.utime(path, ns=(0, 0))
    assert Catalog.open(folder).fingerprint == first
    path.write_bytes(path.read_bytes().replace(b"First", b"Third"))
    assert Catalog.open(folder).fingerprint != first


def test_a_catalog_can_be_sent_to_another_process(write_jsonl: Write) -> None:
    catalog = Catalog.open(write_jsonl("shop_1"))
    copy = pickle.loads(pickle.dumps(catalog))
    assert copy.scenario("shop_1") == catalog.scenario("shop_1")
