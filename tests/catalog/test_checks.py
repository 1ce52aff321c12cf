import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from awm_langgraph.catalog import Catalog, check_scenario
from awm_langgraph.errors import CatalogError

Rows = dict[str, list[dict[str, Any]]]
Write = Callable[..., Path]


def checked(write_jsonl: Write, change: Callable[[Rows], None]) -> tuple[str, ...]:
    return check_scenario(Catalog.open(write_jsonl("shop_1", change=change)), "Shop-1")


def test_a_sound_scenario_has_nothing_wrong(write_jsonl: Write) -> None:
    def sound(rows: Rows) -> None:
        rows["gen_envs"][0]["full_code"] = "engine = create_engine(URL)\npattern = '\\d'\n"

    with warnings.catch_warnings(record=True) as heard:
        warnings.simplefilter("always")
        assert checked(write_jsonl, sound) == ()
    assert heard == []


def test_what_is_wrong_is_found_without_running_anything(write_jsonl: Write, tmp_path: Path) -> None:
    trace = tmp_path / "trace"

    def spoil(rows: Rows) -> None:
        code = f"open({str(trace)!r}, 'w')\ndef broken(:\n"
        rows["gen_envs"][0]["full_code"] = code
        rows["gen_sample"][0]["sample_data"]["tables"][0]["insert_statements"] += ["INSERT INTO ghosts VALUES (1);"]
        rows["gen_verifier.pure_code"][1]["verification"]["code"] = ""
        rows["gen_verifier"][0]["verification"]["code"] = f"def verify_x(a, b):\n{code}"

    assert checked(write_jsonl, spoil) == (
        "the application is no Python: invalid syntax, line 2",
        "the application has no create_engine( line, so it cannot be given its database",
        "seed statements name unknown tables: ghosts",
        "no code-mode verifier for task 1",
        "the sql-mode verifier is no Python for task 0",
    )
    assert not trace.exists()


@pytest.mark.parametrize("code", ["(" * 100_000, "x = 1\0", "-" * 100_000 + "1"])
def test_code_that_no_parser_bears_is_a_finding(code: str, write_jsonl: Write) -> None:
    def spoil(rows: Rows) -> None:
        rows["gen_envs"][0]["full_code"] = f"create_engine(x)\n{code}"

    (finding,) = checked(write_jsonl, spoil)
    assert finding.startswith("the application is no Python: ")


def test_a_scenario_without_tasks_is_a_finding(write_jsonl: Write) -> None:
    def spoil(rows: Rows) -> None:
        rows["gen_envs"][0]["full_code"] = "create_engine(x)"
        rows["gen_tasks"][0]["tasks"] = []

    assert checked(write_jsonl, spoil) == ("it has no tasks",)


def test_a_file_that_cannot_be_read_is_a_finding(write_source: Write) -> None:
    folder = write_source("shop")
    (folder / "shop" / "seed.sql").write_text("VACUUM;", encoding="utf-8")
    (finding,) = check_scenario(Catalog.open(folder), "shop")
    assert "expected INSERT INTO, found `VACUUM;`" in finding


def test_an_unknown_scenario_is_no_finding_but_an_error(write_source: Write) -> None:
    with pytest.raises(CatalogError, match="no scenario"):
        check_scenario(Catalog.open(write_source("shop")), "ghost")


def test_the_bundled_scenarios_have_nothing_wrong() -> None:
    catalog = Catalog.open("bundled")
    assert {name: check_scenario(catalog, name) for name in catalog.names()} == dict.fromkeys(catalog.names(), ())
