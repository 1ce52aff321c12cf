from __future__ import annotations

import tempfile
from pathlib import Path

import pytest

from awm_langgraph.sandbox.scratch import roomy_folder


def test_the_users_own_choice_of_a_place_comes_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr(tempfile, "tempdir", None)

    assert roomy_folder() == tmp_path


def test_files_can_be_written_where_there_is_room(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TMPDIR", raising=False)
    monkeypatch.setattr(tempfile, "tempdir", None)

    with tempfile.NamedTemporaryFile(dir=roomy_folder()) as file:
        assert Path(file.name).parent in (Path("/dev/shm"), Path(tempfile.gettempdir()))
