import hashlib
import zlib
from pathlib import Path

import pytest

from awm_langgraph.environment.snapshots import SnapshotStore
from awm_langgraph.errors import SnapshotError


def test_a_snapshot_comes_back_as_it_was(tmp_path: Path) -> None:
    store = SnapshotStore(tmp_path / "snapshots")
    assert store.get(store.put(b"a database")) == b"a database"


def test_a_snapshot_is_named_by_its_content_and_stored_once(tmp_path: Path) -> None:
    store = SnapshotStore(tmp_path)
    assert store.put(b"same") == store.put(b"same") == hashlib.sha256(b"same").hexdigest()
    assert len(list(tmp_path.iterdir())) == 1


def test_a_damaged_snapshot_is_an_error_and_never_another_database(tmp_path: Path) -> None:
    store = SnapshotStore(tmp_path)
    snapshot = store.put(b"right")
    (path,) = tmp_path.iterdir()
    path.write_bytes(zlib.compress(b"wrong"))
    with pytest.raises(SnapshotError, match="damaged"):
        store.get(snapshot)
    path.write_bytes(b"no zlib")
    with pytest.raises(SnapshotError, match="damaged"):
        store.get(snapshot)


def test_a_missing_snapshot_and_a_name_that_is_none_are_errors(tmp_path: Path) -> None:
    store = SnapshotStore(tmp_path)
    with pytest.raises(SnapshotError, match="is not in"):
        store.get("0" * 64)
    with pytest.raises(SnapshotError, match="64 hexadecimal digits"):
        store.get("../../etc/passwd")


def test_a_folder_that_cannot_be_written_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(SnapshotError, match="cannot be written"):
        SnapshotStore(tmp_path / "file").put(b"a database")
