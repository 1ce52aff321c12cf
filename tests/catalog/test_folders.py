from pathlib import Path

import pytest

from awm_langgraph.catalog.folders import BUNDLED, cache_folder
from awm_langgraph.errors import CatalogError


def test_the_cache_is_the_users(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert cache_folder() == tmp_path / ".cache" / "awm-langgraph"
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "elsewhere"))
    assert cache_folder() == tmp_path / "elsewhere" / "awm-langgraph"


def test_a_user_without_home_is_told_what_to_set(monkeypatch: pytest.MonkeyPatch) -> None:
    def no_home() -> Path:
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setattr(Path, "home", no_home)
    with pytest.raises(CatalogError, match="HOME or XDG_CACHE_HOME"):
        cache_folder()


def test_the_bundled_scenarios_are_part_of_the_package() -> None:
    assert BUNDLED.parent.name == "awm_langgraph"
    assert BUNDLED.is_dir()
