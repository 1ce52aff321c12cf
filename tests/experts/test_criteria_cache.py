"""Criteria that outlive the process."""

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from awm_langgraph.episode import Usage
from awm_langgraph.experts.criteria import CriteriaExtractor
from awm_langgraph.experts.criteria_cache import CriteriaCache

KEY = ("code", "model", "prompt")


async def test_another_process_finds_what_was_kept_in_the_folder(tmp_path: Path) -> None:
    await CriteriaCache(tmp_path / "criteria").keep(KEY, ("one", "zwölf"))

    assert await CriteriaCache(tmp_path / "criteria").find(KEY) == ("one", "zwölf")
    assert await CriteriaCache(tmp_path / "criteria").find(("code", "other model", "prompt")) == ()


async def test_without_a_folder_nothing_is_written_and_the_process_remembers(tmp_path: Path) -> None:
    cache = CriteriaCache()
    await cache.keep(KEY, ("one",))

    assert await cache.find(KEY) == ("one",)
    assert await CriteriaCache().find(KEY) == ()
    assert list(tmp_path.iterdir()) == []


async def test_a_model_is_asked_once_over_two_processes(tmp_path: Path, answering: Callable[..., Any]) -> None:
    model = answering('{"criteria": ["Workflow 4 is on."]}')
    await CriteriaExtractor(model, "m", CriteriaCache(tmp_path)).extract("do", "code")

    again = await CriteriaExtractor(model, "m", CriteriaCache(tmp_path)).extract("do", "code")

    assert (again.items, again.usage, len(model.asked)) == (("Workflow 4 is on.",), Usage(), 1)


@pytest.mark.parametrize(
    "damage",
    [
        "",
        "{",
        "[]",
        "null",
        '{"items": ["one"]}',
        json.dumps({"key": KEY, "items": "one"}),
        json.dumps({"key": KEY, "items": [1]}),
        json.dumps({"key": ["another", "model", "prompt"], "items": ["one"]}),
    ],
)
async def test_a_damaged_file_counts_as_none_and_is_written_anew(tmp_path: Path, damage: str) -> None:
    await CriteriaCache(tmp_path).keep(KEY, ("one",))
    (file,) = tmp_path.iterdir()
    file.write_text(damage)

    assert await CriteriaCache(tmp_path).find(KEY) == ()
    await CriteriaCache(tmp_path).keep(KEY, ("two",))
    assert await CriteriaCache(tmp_path).find(KEY) == ("two",)


async def test_the_oldest_go_first_where_there_are_too_many(tmp_path: Path) -> None:
    cache = CriteriaCache(tmp_path, most_entries=2)
    for number in range(3):
        await cache.keep((str(number), "m", "p"), (f"item {number}",))
        for file in tmp_path.iterdir():
            # As if each had been written a while after the last: a file system's clock may not tell them apart.
            os.utime(file, ns=(0, file.stat().st_mtime_ns - 10**9))

    assert list(cache.known) == [("1", "m", "p"), ("2", "m", "p")]
    fresh = CriteriaCache(tmp_path)
    assert [await fresh.find((str(number), "m", "p")) for number in range(3)] == [(), ("item 1",), ("item 2",)]
    assert len(list(tmp_path.iterdir())) == 2


async def test_a_folder_that_cannot_be_written_costs_no_episode(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    cache = CriteriaCache(tmp_path / "file" / "criteria")

    await cache.keep(KEY, ("one",))

    assert await cache.find(KEY) == ("one",)
    assert [path.name for path in tmp_path.iterdir()] == ["file"]
