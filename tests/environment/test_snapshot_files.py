import os
from pathlib import Path

import pytest

from awm_langgraph.environment.snapshot_files import bytes_in, files_in, is_kept, is_removed, write_whole

OLD, NOW = 1_000_000, 2_000_000


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "a.db.zst"
    write_whole(path, b"content")
    os.utime(path, (OLD, OLD))
    return path


def test_a_file_that_is_found_whole_counts_as_stored_now(path: Path) -> None:
    assert not is_kept(path.with_name("b.db.zst"), b"content")
    assert not is_kept(path, b"CONTENT")
    assert not is_kept(path, b"content, and more")
    assert is_kept(path, b"content")
    assert path.stat().st_mtime > NOW


def test_only_an_old_file_is_removed(path: Path) -> None:
    assert not is_removed(path, newest=OLD - 1)
    assert [found.name for found in path.parent.iterdir()] == [path.name]
    assert path.read_bytes() == b"content"
    assert is_removed(path, newest=OLD)
    assert list(path.parent.iterdir()) == []
    assert not is_removed(path, newest=OLD)


def test_a_file_replaces_another_at_once_and_leaves_its_twin_alone(path: Path) -> None:
    twin = path.with_name("b.db.zst")
    write_whole(twin, b"content", twin=path)
    assert twin.samefile(path)
    write_whole(twin, b"other")
    assert (path.read_bytes(), twin.read_bytes()) == (b"content", b"other")


def test_a_twin_that_is_not_there_is_no_loss(path: Path) -> None:
    write_whole(path, b"other", twin=path.with_name("nowhere"))
    assert path.read_bytes() == b"other"


def test_a_write_that_fails_leaves_what_was_there(path: Path) -> None:
    path.with_name("folder.db.zst").mkdir()
    with pytest.raises(OSError, match="directory"):
        write_whole(path.with_name("folder.db.zst"), b"content")
    assert sorted(found.name for found in path.parent.iterdir()) == ["a.db.zst", "folder.db.zst"]


def test_only_snapshots_and_leftovers_are_listed_and_counted(path: Path) -> None:
    folder = path.parent
    for name in ("notes.txt", ".hidden", "." + "0" * 32):
        (folder / name).write_bytes(b"12345")
    (folder / "folder.db.zst").mkdir()
    (folder / "link.db.zst").symlink_to(path)
    assert sorted(found.name for found, _ in files_in(folder)) == ["." + "0" * 32, "a.db.zst"]
    assert bytes_in(folder) == len(b"content") + 5
    assert files_in(folder / "nowhere") == []
