import json
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from awm_langgraph.catalog import Scenario
from awm_langgraph.environment.fork.interface import Interface, InterfaceCache, interface_of, tried

TOLD = {
    "initialize": {},
    "tools": {"tools": []},
    "operations": {"get": ["GET", "/x/{id}", ["id"], [], []]},
    "refused": {},
    "why_loaded_each_time": "",
    "has_startup": False,
}


DEEP = json.loads("[" * 300 + "]" * 300)


def test_what_is_said_before_a_trial_tells_no_rehearsal() -> None:
    first = json.dumps(TOLD).encode()
    assert interface_of(first) == interface_of(json.dumps({**TOLD, "rehearsal": []}).encode())
    assert interface_of(first).rehearsal is None


def test_what_is_said_after_a_trial_changes_nothing_but_the_rehearsal() -> None:
    known = Interface.model_validate(TOLD)
    said = {**TOLD, "why_loaded_each_time": "forged", "rehearsal": [["get", {"id": 1}]]}
    assert tried(known, json.dumps(said).encode()) == known.model_copy(update={"rehearsal": (("get", {"id": 1}),)})


@pytest.mark.parametrize(
    "line", [b"", b"[]", b"{}", b"nonsense", json.dumps({**TOLD, "initialize": {"": DEEP}}).encode()]
)
def test_what_is_no_interface_is_an_error(line: bytes) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - JSON's and pydantic's errors are of this kind
        interface_of(line)


@pytest.mark.parametrize("argument", ["\ud800", DEEP], ids=["half a character", "too deep"])
def test_calls_that_cannot_be_kept_are_an_error(argument: Any) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - pydantic's error is of this kind
        tried(Interface.model_validate(TOLD), json.dumps({"rehearsal": [["get", {"id": argument}]]}).encode())


def test_a_cache_gives_back_what_it_was_given_for_the_same_code_only(rogue: Scenario, tmp_path: Path) -> None:
    cache = InterfaceCache(tmp_path / "cache")
    interface = Interface.model_validate(TOLD)
    assert cache.read(rogue) is None
    cache.write(rogue, interface)
    assert cache.read(rogue) == interface
    assert cache.read(rogue.model_copy(update={"code": rogue.code + "\n"})) is None


def test_a_damaged_file_and_a_folder_that_cannot_be_written_are_as_good_as_no_cache(
    rogue: Scenario, tmp_path: Path
) -> None:
    cache = InterfaceCache(tmp_path / "cache")
    cache.write(rogue, Interface.model_validate(TOLD))
    (file,) = (tmp_path / "cache").iterdir()
    file.write_bytes(b"{")
    assert cache.read(rogue) is None
    (tmp_path / "file").touch()
    blocked = InterfaceCache(tmp_path / "file" / "cache")
    blocked.write(rogue, Interface.model_validate(TOLD))
    assert blocked.read(rogue) is None


def test_catalogues_are_told_apart_by_their_content() -> None:
    interface = Interface.model_validate(TOLD)
    other = Interface.model_validate({**TOLD, "tools": {"tools": [{"name": "x"}]}})
    assert interface.catalogue == Interface.model_validate(TOLD).catalogue != other.catalogue
    with pytest.raises(ValidationError):
        Interface.model_validate({})
