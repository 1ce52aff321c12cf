from __future__ import annotations

import os
from pathlib import Path

from awm_langgraph.sandbox.erase import erase


def test_folders_deeper_than_a_path_can_name_are_removed(tmp_path: Path) -> None:
    top = tmp_path / "run"
    top.mkdir()
    descriptor = os.open(top, os.O_RDONLY)
    for _ in range(100):
        os.mkdir("d" * 200, dir_fd=descriptor)
        deeper = os.open("d" * 200, os.O_RDONLY, dir_fd=descriptor)
        os.close(descriptor)
        descriptor = deeper
    os.close(descriptor)

    erase(str(top))

    assert list(tmp_path.iterdir()) == []


def test_closed_folders_and_odd_names_are_removed(tmp_path: Path) -> None:
    for name, mode in (("closed", 0o000), ("blind", 0o300), ("run.0", 0o700), ("line\nbreak", 0o700)):
        folder = tmp_path / "run" / name
        folder.mkdir(parents=True)
        (folder / "file").write_text("x")
        folder.chmod(mode)

    erase(str(tmp_path / "run"))

    assert list(tmp_path.iterdir()) == []


def test_links_are_removed_and_what_they_name_stays(tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    kept.mkdir()
    (kept / "file").write_text("x")
    run = tmp_path / "run"
    run.mkdir()
    (run / "link").symlink_to(kept)
    (run / "dangling").symlink_to("nowhere")

    erase(str(run))

    assert sorted(path.name for path in tmp_path.rglob("*")) == ["file", "kept"]


def test_a_folder_that_is_gone_is_no_trouble(tmp_path: Path) -> None:
    erase(str(tmp_path / "gone"))

    assert list(tmp_path.iterdir()) == []
