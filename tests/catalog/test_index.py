import hashlib
import json
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from awm_langgraph.catalog.index import index_of
from awm_langgraph.catalog.rows import TASKS


class Heard:
    """Listens to progress."""

    def __init__(self) -> None:
        self.reports: list[tuple[str, int, int]] = []

    def __call__(self, file: str, done: int, total: int) -> None:
        self.reports.append((file, done, total))


def kept(folder: Path) -> Path:
    return folder / ".awm-index" / "gen_tasks.jsonl.json"


def test_an_index_is_built_once_and_then_read(write_jsonl: Callable[..., Path]) -> None:
    folder, first, second = write_jsonl("a_1", "b_2"), Heard(), Heard()
    built = index_of(folder, TASKS, first)
    assert set(built.rows) == {"a_1", "b_2"}
    assert index_of(folder, TASKS, second) == built
    assert len(first.reports) == 1
    assert second.reports == []


def test_an_index_knows_the_content_by_its_hash(write_jsonl: Callable[..., Path]) -> None:
    folder = write_jsonl("a_1")
    content = (folder / TASKS.name).read_bytes()
    assert index_of(folder, TASKS).sha256 == hashlib.sha256(content).hexdigest()


def test_progress_is_heard_up_to_the_last_byte(tmp_path: Path) -> None:
    line = json.dumps({"scenario": "a", "tasks": ["x" * 2**20]}) + "\n"
    (tmp_path / TASKS.name).write_text(line * 20, encoding="utf-8")
    heard, size = Heard(), len(line) * 20
    index_of(tmp_path, TASKS, heard)
    done = [report[1] for report in heard.reports]
    assert len(done) >= 4
    assert done == sorted(done)
    assert heard.reports[-1] == (TASKS.name, size, size)


@pytest.mark.parametrize("field", ["size", "time"])
def test_an_index_is_built_again_when_size_or_time_of_the_file_change(
    field: str, write_jsonl: Callable[..., Path]
) -> None:
    folder = write_jsonl("a_1")
    path = folder / TASKS.name
    before, status = index_of(folder, TASKS), path.stat()
    text = path.read_text(encoding="utf-8")
    if field == "size":
        path.write_text(text + json.dumps({"scenario": "b_2", "tasks": []}) + "\n", encoding="utf-8")
        os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
    else:
        path.write_text(text.replace("a_1", "b_2"), encoding="utf-8")
        os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns + 1))
    after = index_of(folder, TASKS)
    assert "b_2" in after.rows
    assert after.sha256 != before.sha256


@pytest.mark.parametrize("damage", [b"", b"{", b"[]", b'{"version": 0}', b"\xff\xfe"])
def test_a_damaged_index_is_built_again(damage: bytes, write_jsonl: Callable[..., Path]) -> None:
    folder = write_jsonl("a_1")
    built = index_of(folder, TASKS)
    kept(folder).write_bytes(damage)
    assert index_of(folder, TASKS) == built
    assert json.loads(kept(folder).read_bytes())["size"] == built.size


def test_an_index_of_another_version_is_built_again(write_jsonl: Callable[..., Path]) -> None:
    folder = write_jsonl("a_1")
    built = index_of(folder, TASKS)
    old = json.loads(kept(folder).read_bytes()) | {"version": 0, "rows": {}}
    kept(folder).write_text(json.dumps(old), encoding="utf-8")
    assert index_of(folder, TASKS) == built


def test_where_the_folder_cannot_be_written_the_index_is_kept_in_the_users_cache(
    write_jsonl: Callable[..., Path], own_cache: Path
) -> None:
    folder, again = write_jsonl("a_1"), Heard()
    (folder / ".awm-index").write_text("in the way", encoding="utf-8")
    built = index_of(folder, TASKS)
    assert built.notices == ()
    assert len(list(own_cache.rglob("gen_tasks.jsonl.json"))) == 1
    assert index_of(folder, TASKS, again) == built
    assert again.reports == []


def test_where_nothing_can_be_written_the_file_is_read_each_time_and_it_is_told(
    write_jsonl: Callable[..., Path], own_cache: Path
) -> None:
    folder, again = write_jsonl("a_1"), Heard()
    (folder / ".awm-index").write_text("in the way", encoding="utf-8")
    own_cache.write_text("in the way", encoding="utf-8")
    index = index_of(folder, TASKS)
    assert set(index.rows) == {"a_1"}
    assert "no index could be kept" in index.notices[0]
    index_of(folder, TASKS, again)
    assert again.reports


def test_many_openers_at_once_leave_one_whole_index(write_jsonl: Callable[..., Path]) -> None:
    folder = write_jsonl(*(f"s_{number}" for number in range(200)))
    with ThreadPoolExecutor(8) as threads:
        found = list(threads.map(lambda _: index_of(folder, TASKS), range(32)))
    assert all(index == found[0] for index in found)
    assert [path.name for path in (folder / ".awm-index").iterdir()] == ["gen_tasks.jsonl.json"]
    assert index_of(folder, TASKS) == found[0]
