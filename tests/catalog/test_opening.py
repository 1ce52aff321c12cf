from collections.abc import Callable
from pathlib import Path

import pytest

from awm_langgraph.catalog import Catalog, open_catalog
from awm_langgraph.errors import CatalogError, UsageError
from awm_langgraph.settings import Settings, use_settings

Write = Callable[..., Path]


def test_bundled_is_what_is_opened_when_nothing_is_said() -> None:
    catalog = Catalog.open()
    assert catalog.name == "bundled"
    assert "workflow_automation" in catalog.names()
    assert catalog.fingerprint == open_catalog("bundled").fingerprint


def test_a_folder_is_opened_by_path_or_text_and_is_named_by_its_whole_path(
    write_jsonl: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = write_jsonl("shop_1")
    monkeypatch.chdir(folder.parent)
    assert Catalog.open(folder).name == str(folder)
    relative = Catalog.open("awm")
    assert (relative.name, relative.location) == (str(folder), folder)


def test_a_home_folder_is_found(write_jsonl: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = write_jsonl("shop_1")
    monkeypatch.setenv("HOME", str(folder.parent))
    assert Catalog.open("~/awm").location == folder


def test_a_name_wins_over_a_folder_of_that_name(write_source: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = write_source("shop")
    folder = folder.rename(folder.with_name("bundled"))
    monkeypatch.chdir(folder.parent)
    assert "shop" not in Catalog.open("bundled").names()
    assert "shop" in Catalog.open("./bundled").names()
    assert "shop" in Catalog.open(Path("bundled")).names()


def test_the_data_set_is_read_from_the_folder_given(write_jsonl: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = write_jsonl("shop_1")
    assert Catalog.open("awm-1k", data_dir=folder).names() == ("shop_1",)
    monkeypatch.setenv("HOME", str(folder.parent))
    monkeypatch.setenv("AWM_DATA_DIR", "~/awm")
    with use_settings(Settings.load()):
        catalog = Catalog.open("awm-1k")
    assert (catalog.name, catalog.location) == ("awm-1k", folder)


def test_progress_is_passed_on_for_files_not_yet_indexed(write_jsonl: Write) -> None:
    folder = write_jsonl("shop_1")
    heard: list[str] = []
    for _ in range(2):
        Catalog.open(folder, on_progress=lambda file, done, total: heard.append(file))
    assert sorted(heard) == sorted(path.name for path in folder.glob("*.jsonl") if path.name != "gen_spec.jsonl")


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("no/such/folder", "expected `bundled`, `awm-1k` or a folder, but there is no folder `no/such/folder`"),
        ("bundeld", "did you mean `bundled`"),
        ("awm_1k", "did you mean `awm-1k`"),
        ("file.jsonl", "`file.jsonl` is a file"),
        ("empty", r"no catalog in .*empty: expected gen_\*\.jsonl files, or folders with app\.py"),
        ("x" * 5000, "cannot read"),
        ("a\0b", "no such catalog"),
    ],
)
def test_what_is_no_catalog_is_told_in_one_line(
    path: str, message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "file.jsonl").write_text("{}", encoding="utf-8")
    (tmp_path / "empty").mkdir()
    with pytest.raises(CatalogError, match=message) as raised:
        Catalog.open(path)
    assert "\n" not in str(raised.value)
    assert len(str(raised.value)) < 500
    assert isinstance(raised.value, UsageError)


def test_a_link_to_nothing_is_a_missing_file(write_jsonl: Write) -> None:
    folder = write_jsonl("shop_1")
    (folder / "gen_db.jsonl").unlink()
    (folder / "gen_db.jsonl").symlink_to(folder / "gone")
    with pytest.raises(CatalogError, match=r"lacks gen_db\.jsonl"):
        Catalog.open(folder)
