from collections.abc import Callable
from pathlib import Path

import pytest

from awm_langgraph.catalog import Catalog
from awm_langgraph.episode import Task
from awm_langgraph.errors import CatalogError

Write = Callable[..., Path]


@pytest.fixture(params=["jsonl", "source"])
def catalog(request: pytest.FixtureRequest, write_jsonl: Write, write_source: Write) -> Catalog:
    write = write_jsonl if request.param == "jsonl" else write_source
    return Catalog.open(write("shop_1", "bank_2", "bank_10"))


def test_names_come_in_counting_order(catalog: Catalog) -> None:
    assert catalog.names() == ("bank_2", "bank_10", "shop_1")


def test_a_summary_says_what_a_list_shows(catalog: Catalog) -> None:
    summary = catalog.summary("Shop-1")
    scenario = catalog.scenario("Shop-1")
    assert summary.name == scenario.name == "shop_1"
    assert summary.description == scenario.description != ""
    assert summary.tasks == len(scenario.tasks) == 2


def test_a_task_carries_where_it_comes_from(catalog: Catalog) -> None:
    scenario = catalog.scenario("shop_1")
    assert catalog.task("SHOP 1", 1) == Task(
        catalog=catalog.name, scenario="shop_1", task_idx=1, instruction=scenario.tasks[1]
    )
    assert catalog.task("shop_1", 1).key == "shop_1/1"


def test_reading_twice_gives_the_same_fingerprints(catalog: Catalog) -> None:
    again = Catalog.open(catalog.location)
    assert again.fingerprint == catalog.fingerprint
    assert again.scenario("shop_1").fingerprint == catalog.scenario("shop_1").fingerprint


def test_an_unknown_name_is_answered_with_close_ones(catalog: Catalog) -> None:
    with pytest.raises(CatalogError, match=r"no scenario `shop_7` in catalog .*; did you mean `shop_1`") as raised:
        catalog.scenario("shop_7")
    assert "\n" not in str(raised.value)
    with pytest.raises(CatalogError, match="it has 3, `scenarios list` shows them"):
        catalog.summary("zzz")


@pytest.mark.parametrize("task_idx", [-1, 2, 10**20])
def test_a_task_out_of_range_is_told_the_range(task_idx: int, catalog: Catalog) -> None:
    for ask in (catalog.task, catalog.verifier, catalog.solution):
        with pytest.raises(CatalogError, match=f"no task {task_idx} in scenario `shop_1`: expected 0 to 1"):
            ask("shop_1", task_idx)


@pytest.mark.parametrize(
    "name", ["../shop_1", "/shop_1", "..", "", "a\0b", "bank_2/../shop_1", "C:\\shop_1", "x" * 5000]
)
def test_a_name_cannot_leave_the_folder(name: str, catalog: Catalog) -> None:
    for ask in (catalog.scenario, catalog.summary):
        with pytest.raises(CatalogError) as raised:
            ask(name)
        assert "\n" not in str(raised.value)
        assert len(str(raised.value)) < 500
