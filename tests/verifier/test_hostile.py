"""The hostile corpus: what SECURITY.md promises, tried by code that wants otherwise."""

from __future__ import annotations

import ast
from collections.abc import Callable
from pathlib import Path
from typing import Any

FILES = sorted(Path(__file__).with_name("hostile").glob("*.py"))

LOUD = ["read_by_open", "write_by_append", "network_udp", "network_datagram_pair", "other_sessions_database"]
LOUD += ["environment_variables", "sqlite_attach_creates", "signal_by_ownership", "process_by_subprocess"]
"""Files that harm nothing but their own world when nothing confines them."""


def test_no_hostile_verifier_gets_out_whoever_runs_it(judged: Callable[..., dict[str, Any]], user: str) -> None:
    report = judged("hostile", user=user)

    assert len(report["results"]) == len(FILES) >= 60
    assert {name: result["breaches"] for name, result in report["results"].items() if result["breaches"]} == {}
    assert report["left"] == []
    if user == "ordinary":
        assert report["user"] != 0


def test_the_judges_of_the_corpus_see_what_an_unconfined_verifier_does(judged: Callable[..., dict[str, Any]]) -> None:
    report = judged("hostile", *LOUD, level="off", seconds=60)

    assert [name for name, result in report["results"].items() if not result["breaches"]] == []


def test_nothing_is_left_running_even_by_an_unconfined_verifier(judged: Callable[..., dict[str, Any]]) -> None:
    report = judged("hostile", "process_fork_and_stay", "thread_that_stays", level="off")

    assert report["left"] == []


def test_every_hostile_file_says_in_one_line_what_it_tries() -> None:
    lines = {file.stem: ast.get_docstring(ast.parse(file.read_text("utf-8"))) or "" for file in FILES}

    assert [name for name, line in lines.items() if not line.endswith(".") or "\n" in line] == []
