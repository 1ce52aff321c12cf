from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from awm_langgraph.catalog.scenario import VerifierSource
from awm_langgraph.errors import UsageError
from awm_langgraph.verifier import verify

Databases = tuple[Path, Path]
Make = Callable[..., VerifierSource]

DONE = """
import sqlite3
found = sqlite3.connect(final_db_path).execute("SELECT count(*) FROM words WHERE word = 'done'").fetchone()[0]
return {'result': 'complete' if found else 'others', 'found': found}
"""
ASKED = "return {'result': 'complete' if '42' in final_answer else 'others'}"


async def test_a_task_that_was_done_is_complete_beside_a_control_that_is_not(
    source: Make, databases: Databases
) -> None:
    verdict = await verify(source(DONE), *databases, "")

    assert (verdict.outcome, verdict.result, verdict.control) == ("complete", "complete", "others")
    assert (verdict.evidence, verdict.error, verdict.mode) == ({"found": 1}, "", "code")
    assert verdict.latency_seconds > 0


async def test_a_task_that_was_not_done_is_incomplete(source: Make, databases: Databases) -> None:
    verdict = await verify(source(DONE), databases[0], databases[0], "")

    assert (verdict.outcome, verdict.result) == ("incomplete", "others")


async def test_the_answer_counts_and_the_control_has_none(source: Make, databases: Databases) -> None:
    right = await verify(source(ASKED), databases[0], databases[0], "It is 42.")
    wrong = await verify(source(ASKED), databases[0], databases[0], "It is 41.")

    assert (right.outcome, right.control) == ("complete", "others")
    assert wrong.outcome == "incomplete"


@pytest.mark.parametrize(
    "body", ["return {'result': 'complete'}", "return {'result': 'complete' if not final_answer else 'others'}"]
)
async def test_a_task_that_an_untouched_database_passes_is_void(source: Make, databases: Databases, body: str) -> None:
    verdict = await verify(source(body), *databases, "an answer")

    assert (verdict.outcome, verdict.control) == ("void", "complete")


@pytest.mark.parametrize(
    ("body", "word", "seconds"),
    [
        ("raise ValueError('no')", "error", 60.0),
        ("return {'result': 'perhaps'}", "error", 60.0),
        ("while True: pass", "timeout", 0.2),
    ],
)
async def test_a_verifier_that_breaks_is_a_judges_error_and_never_a_zero(
    source: Make, databases: Databases, body: str, word: str, seconds: float
) -> None:
    verdict = await verify(source(body), *databases, "", timeout_seconds=seconds)

    assert (verdict.outcome, verdict.result) == ("judge_error", "")
    assert verdict.error.startswith(f"{word}: ")


async def test_a_control_that_breaks_takes_nothing_from_the_verdict(source: Make, databases: Databases) -> None:
    body = "return {'result': {'': None}.get(final_answer, 'complete')}"

    verdict = await verify(source(body), *databases, "an answer")

    assert (verdict.outcome, verdict.error) == ("complete", "")
    assert verdict.control.startswith("error: its result is None")


async def test_a_task_without_a_verifier_has_none(databases: Databases) -> None:
    assert (await verify(None, *databases, "")).outcome == "no_verifier"


async def test_a_verifier_that_answers_evidence_needs_a_judge(source: Make, databases: Databases) -> None:
    with pytest.raises(UsageError, match="sql mode, which needs a judge"):
        await verify(source("return {}", mode="sql"), *databases, "")
