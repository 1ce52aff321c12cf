import os
import time
from pathlib import Path

from awm_langgraph.sandbox import held_folder


def test_only_old_folders_of_the_prefix_that_nobody_holds_are_removed(tmp_path: Path) -> None:
    abandoned, held, young, other = (tmp_path / name for name in ("a-abandoned", "a-held", "a-young", "other"))
    for folder in (abandoned, held, young, other):
        (folder / "deep").mkdir(parents=True)
    (abandoned / "deep").chmod(0)
    lock = held_folder.hold(held)
    long_ago = time.time() - 3600
    for folder in (abandoned, held, other):
        os.utime(folder, (long_ago, long_ago))

    held_folder.sweep(tmp_path, "a-")
    assert sorted(tmp_path.iterdir()) == sorted([held, young, other])

    os.close(lock)
    os.utime(held, (long_ago, long_ago))
    held_folder.sweep(tmp_path, "a-")
    assert sorted(tmp_path.iterdir()) == sorted([young, other])


def test_a_folder_from_before_the_clock_was_set_back_is_removed(tmp_path: Path) -> None:
    (tmp_path / "a-later").mkdir()
    next_year = time.time() + 365 * 86400
    os.utime(tmp_path / "a-later", (next_year, next_year))

    held_folder.sweep(tmp_path, "a-")

    assert list(tmp_path.iterdir()) == []
