import os
import stat
import time
from pathlib import Path

from awm_langgraph.environment.fork.live_root import LiveRoot, sweep


def test_a_folder_is_its_users_alone_and_goes_with_all_in_it() -> None:
    root = LiveRoot()
    path = root.path
    root.claim()
    try:
        assert stat.S_IMODE(path.stat().st_mode) == 0o700
        (path / "episode").mkdir()
    finally:
        root.remove()
    assert not path.exists()
    assert root.path != path


def test_a_folder_that_somebody_removed_is_made_and_held_anew(tmp_path: Path) -> None:
    root = LiveRoot(tmp_path)
    root.claim()
    root.path.rmdir()
    (root.path / "episode").mkdir(parents=True)  # by whoever laid a database down meanwhile
    root.claim()
    assert stat.S_IMODE(root.path.stat().st_mode) == 0o700
    long_ago = time.time() - 3600
    os.utime(root.path, (long_ago, long_ago))
    sweep(tmp_path / "awm-live-ours")
    assert (root.path / "episode").exists()
    root.remove()


def test_only_old_folders_that_nobody_holds_are_swept(tmp_path: Path) -> None:
    abandoned, young, other = (tmp_path / name for name in ("awm-live-abandoned", "awm-live-young", "other"))
    held = LiveRoot(tmp_path)
    held.claim()
    for folder in (abandoned, young, other):
        folder.mkdir()
        (folder / "scenario.db").touch()
    long_ago = time.time() - 3600
    for folder in (abandoned, other, held.path):
        os.utime(folder, (long_ago, long_ago))
    sweep(tmp_path / "awm-live-ours")
    assert sorted(tmp_path.iterdir()) == sorted([young, other, held.path])
    held.remove()
