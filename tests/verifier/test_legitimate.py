"""The legitimate corpus: a verifier may use the whole standard library, and print as it likes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

FILES = sorted(Path(__file__).with_name("legitimate").glob("*.py"))


def test_every_legitimate_verifier_works_whoever_runs_it(judged: Callable[..., dict[str, Any]], user: str) -> None:
    report = judged("legitimate", user=user)

    assert len(report["results"]) == len(FILES) >= 40
    assert {name: result["breaches"] for name, result in report["results"].items() if result["breaches"]} == {}
    assert report["left"] == []


def test_evidence_of_every_kind_arrives_as_plain_data(judged: Callable[..., dict[str, Any]]) -> None:
    report = judged("legitimate", "evidence_of_all_kinds")

    evidence = report["results"]["evidence_of_all_kinds"]["run"]["evidence"]
    assert evidence["row"]["name"] == "Ada"
    assert (evidence["money"], evidence["set"], evidence["pair"]) == ("1.10", [1, 2, 3], [1, [2, 3]])
    assert (evidence["infinite"], evidence["1"]) == (["inf", "nan"], None)
