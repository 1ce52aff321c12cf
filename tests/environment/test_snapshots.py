import hashlib
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import zstandard

from awm_langgraph.environment.database import MAX_DATABASE_BYTES
from awm_langgraph.environment.snapshots import SnapshotStore, pack
from awm_langgraph.errors import SnapshotError

LARGE = 3 * 1024 * 1024

PUTTING = f"""
import os, random, resource, signal, sys
from pathlib import Path
from awm_langgraph.environment.snapshots import SnapshotStore
from awm_langgraph.errors import SnapshotError

store = SnapshotStore(Path(sys.argv[1]))
image = random.Random(1).randbytes({LARGE})
"""

FULL_DISK = """
before = store.put(b"there was room for this")
# the kernel refuses to write more, as it does on a full disk
resource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000, 1_000_000))
try:
    store.put(image)
except SnapshotError as error:
    print(error)
assert store.get(before) == b"there was room for this"
assert store.get(store.put(b"so is there for this")) == b"so is there for this"
"""

KILLED = """
# the kernel kills this process in the middle of writing the file
signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
resource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000, 1_000_000))
store.put(image)
"""

STORED_AND_KILLED = """
print(store.put(image), flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""

MANY_TIMES = """
for _ in range(30):
    snapshot = store.put(image)
    try:
        assert store.get(snapshot) == image
    except SnapshotError as error:
        # another writer has just removed it
        assert "is not in" in str(error), error
    (store.folder / f"{snapshot}.db.zst").unlink(missing_ok=True)
store.put(image)
print(snapshot)
"""


def start(script: str, folder: Path) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", PUTTING + script, str(folder)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def the_file(folder: Path) -> Path:
    (path,) = folder.iterdir()
    return path


def make_old(*paths: Path) -> None:
    for path in paths:
        os.utime(path, (1_000_000, 1_000_000))


def path_of(store: SnapshotStore, snapshot: str) -> Path:
    return store.folder / f"{snapshot}.db.zst"


def test_a_snapshot_comes_back_as_it_was(tmp_path: Path) -> None:
    store = SnapshotStore(tmp_path / "snapshots")
    assert not store.has("0" * 64)
    for image in (b"a database", b"", os.urandom(100_000)):
        snapshot = store.put(image)
        assert store.get(snapshot) == image
        assert store.has(snapshot)


def test_a_snapshot_is_named_by_its_content_compressed_and_stored_once(tmp_path: Path) -> None:
    store = SnapshotStore(tmp_path)
    image = b"same" * 10_000
    assert store.put(image) == SnapshotStore(tmp_path).put(image) == hashlib.sha256(image).hexdigest()
    assert the_file(tmp_path).stat().st_size < 1000


@pytest.mark.parametrize(
    "content",
    [
        zstandard.compress(b"wrong"),
        zstandard.compress(b"right")[:-1],
        b"no zstd",
        b"",
        # a frame that keeps its size to itself
        zstandard.ZstdCompressor(write_content_size=False).compress(b"right"),
    ],
    ids=["another database", "cut short", "no zstd", "empty", "of unknown size"],
)
def test_a_damaged_snapshot_is_an_error_and_never_another_database(content: bytes, tmp_path: Path) -> None:
    store = SnapshotStore(tmp_path)
    snapshot = store.put(b"right")
    the_file(tmp_path).write_bytes(content)
    with pytest.raises(SnapshotError, match=f"{snapshot[:12]} in .* is damaged"):
        store.get(snapshot)


def test_a_bomb_is_refused_before_it_takes_memory(tmp_path: Path) -> None:
    store = SnapshotStore(tmp_path)
    snapshot = store.put(b"right")
    # the header of a frame that claims to hold 8 EB, and nothing else
    the_file(tmp_path).write_bytes(bytes.fromhex("28b52ffde0") + (2**63 - 1).to_bytes(8, "little"))
    with pytest.raises(SnapshotError, match=r"damaged: its header gives no size up to 268\.4 MB"):
        store.get(snapshot)
    os.truncate(the_file(tmp_path), 2 * MAX_DATABASE_BYTES)
    with pytest.raises(SnapshotError, match="damaged: it has 536870912 bytes"):
        store.get(snapshot)


def test_storing_a_damaged_snapshot_again_mends_it(tmp_path: Path) -> None:
    store = SnapshotStore(tmp_path)
    snapshot = store.put(b"right")
    the_file(tmp_path).write_bytes(b"")
    assert store.put(b"right") == snapshot
    assert store.get(snapshot) == b"right"


def test_a_missing_snapshot_and_a_name_that_is_none_are_errors(tmp_path: Path) -> None:
    store = SnapshotStore(tmp_path)
    with pytest.raises(SnapshotError, match="is not in"):
        store.get("0" * 64)
    path_of(store, "1" * 64).mkdir()
    with pytest.raises(SnapshotError, match="cannot be read: Is a directory"):
        store.get("1" * 64)
    with pytest.raises(SnapshotError, match="64 hexadecimal digits"):
        store.get("../../etc/passwd")


def test_a_database_that_is_too_large_is_refused() -> None:
    with pytest.raises(SnapshotError, match=r"has 268\.4 MB: a snapshot has at most 268\.4 MB"):
        pack(bytes(MAX_DATABASE_BYTES + 1))


def test_a_folder_that_cannot_be_made_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(SnapshotError, match=r"cannot be written to .*: File exists"):
        SnapshotStore(tmp_path / "file").put(b"a database")
    with pytest.raises(SnapshotError, match=r"cannot be written to .*: Not a directory"):
        SnapshotStore(tmp_path / "file" / "snapshots").put(b"a database")


def test_a_folder_that_was_taken_away_is_not_made_again(tmp_path: Path) -> None:
    store = SnapshotStore(tmp_path / "snapshots")
    snapshot = store.put(b"first")
    the_file(store.folder).unlink()
    store.folder.rmdir()
    with pytest.raises(SnapshotError, match=r"cannot be written to .*: No such file or directory"):
        store.put(b"second")
    with pytest.raises(SnapshotError, match="is not in"):
        store.get(snapshot)
    assert list(tmp_path.iterdir()) == []


def test_on_a_full_disk_the_snapshot_is_an_error_and_leaves_nothing_behind(tmp_path: Path) -> None:
    said, failure = start(FULL_DISK, tmp_path).communicate()
    assert said == f"the snapshot cannot be written to {tmp_path}: File too large\n", failure
    assert failure == ""
    assert len(list(tmp_path.iterdir())) == 2


def test_a_snapshot_whose_id_was_handed_out_outlives_its_writer(tmp_path: Path) -> None:
    writer = start(STORED_AND_KILLED, tmp_path)
    snapshot = writer.communicate()[0].strip()
    assert writer.returncode == -signal.SIGKILL
    assert len(SnapshotStore(tmp_path).get(snapshot)) == LARGE


def test_a_writer_killed_in_the_middle_leaves_no_snapshot_and_its_leftover_is_collected(tmp_path: Path) -> None:
    writer = start(KILLED, tmp_path)
    writer.communicate()
    assert writer.returncode < 0
    leftover = the_file(tmp_path)
    assert 0 < leftover.stat().st_size < LARGE
    store = SnapshotStore(tmp_path)
    assert store.collect(()).files == 0
    make_old(leftover)
    assert store.collect(()).files == 1
    assert list(tmp_path.iterdir()) == []


def test_writers_of_the_same_snapshot_do_not_disturb_each_other(tmp_path: Path) -> None:
    writers = [start(MANY_TIMES, tmp_path) for _ in range(3)]
    said, failures = zip(*(writer.communicate() for writer in writers), strict=True)
    assert failures == ("", "", "")
    assert len(set(said)) == 1
    snapshot = said[0].strip()
    assert len(SnapshotStore(tmp_path).get(snapshot)) == LARGE
    assert [path.name for path in tmp_path.iterdir()] == [f"{snapshot}.db.zst"]


def test_collection_keeps_what_is_named_and_what_is_young(tmp_path: Path) -> None:
    store = SnapshotStore(tmp_path)
    named, unnamed, young = (store.put(image) for image in (b"named", b"unnamed", b"young"))
    foreign = tmp_path / "notes.txt"
    foreign.write_text("somebody else's")
    make_old(path_of(store, named), path_of(store, unnamed), foreign)
    size = path_of(store, unnamed).stat().st_size
    collected = store.collect([named])
    assert (collected.files, collected.freed_bytes) == (1, size)
    assert [store.has(snapshot) for snapshot in (named, unnamed, young)] == [True, False, True]
    assert foreign.exists()
    assert store.collect([named], min_age_seconds=0).files == 1
    assert not store.has(young)


def test_a_snapshot_that_is_stored_again_is_young_again(tmp_path: Path) -> None:
    store = SnapshotStore(tmp_path)
    snapshot = store.put(b"back to where we were")
    make_old(the_file(tmp_path))
    store.put(b"back to where we were")
    assert store.collect(()).files == 0
    assert store.has(snapshot)


def test_collecting_where_nothing_was_stored_is_nothing(tmp_path: Path) -> None:
    assert SnapshotStore(tmp_path / "nowhere").collect(()).files == 0


def test_the_budget_is_kept_and_its_end_is_told(tmp_path: Path) -> None:
    store = SnapshotStore(tmp_path, budget_bytes=280_000)
    first, second = (store.put(os.urandom(100_000)) for _ in range(2))
    with pytest.raises(SnapshotError, match=r"use 0\.2 MB of the 0\.3 MB allowed and the next needs 0\.1 MB: allow"):
        store.put(os.urandom(100_000))
    with pytest.raises(SnapshotError, match="allowed"):
        SnapshotStore(tmp_path, budget_bytes=280_000).put(os.urandom(100_000))
    assert store.put(store.get(first)) == first
    assert SnapshotStore(tmp_path).collect([second], min_age_seconds=0).files == 1
    assert store.has(store.put(os.urandom(100_000)))


def test_what_episodes_share_takes_its_room_once_and_outlives_each_of_them(tmp_path: Path) -> None:
    shared = tmp_path / "shared"
    one, two = (SnapshotStore(tmp_path / name, shared=shared) for name in ("one", "two"))
    snapshot = one.put(b"seed", is_shared=True)
    assert two.put(b"seed", is_shared=True) == snapshot
    assert path_of(one, snapshot).stat().st_nlink == 3
    assert path_of(one, one.put(b"own")).stat().st_nlink == 1
    path_of(one, snapshot).unlink()
    SnapshotStore(shared).collect((), min_age_seconds=0)
    assert two.get(snapshot) == b"seed"


def test_a_shared_folder_that_cannot_be_used_or_is_damaged_harms_no_episode(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    store = SnapshotStore(tmp_path / "one", shared=tmp_path / "file")
    assert store.get(store.put(b"seed", is_shared=True)) == b"seed"
    shared = SnapshotStore(tmp_path / "shared")
    path_of(shared, shared.put(b"seed")).write_bytes(b"damaged")
    store = SnapshotStore(tmp_path / "two", shared=shared.folder)
    assert store.get(store.put(b"seed", is_shared=True)) == b"seed"
    assert shared.get(store.put(b"seed")) == b"seed"
