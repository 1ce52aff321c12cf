"""Verdicts that a judge has a part in: real verifiers on real databases, and a judge behind a real server."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Literal

import pytest

from awm_langgraph.catalog.scenario import VerifierMode, VerifierSource
from awm_langgraph.episode import Classification, Verdict
from awm_langgraph.models import ModelChoice, chat_model
from awm_langgraph.testing import OpenAIServer, Reply, failure, text
from awm_langgraph.verifier import Bench, Case, Judge, Sources, verify_both, verify_sql

READ = """
import sqlite3
def priority(path):
    connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    (found,) = connection.execute("SELECT priority FROM tickets WHERE id = 7").fetchone()
    connection.close()
    return found
"""
CODE = (
    READ
    + """
def verify_task_completion(initial_db_path, final_db_path, final_answer=None):
    return {"result": "complete" if priority(final_db_path) == "urgent" else "others", "seen": priority(final_db_path)}
"""
)
SQL = (
    READ
    + """
def verify_task(initial_db_path, final_db_path):
    return {"before": priority(initial_db_path), "after": priority(final_db_path)}
"""
)
TRIVIAL = 'def verify_task_completion(a, b, c=None):\n    return {"result": "complete"}'
BROKEN = "def verify_task(a, b):\n    raise ValueError('no such column')"
ANSWER_TOO = "def verify_task(a, b, final_answer=None):\n    return {'answer': final_answer}"
ONLY_ON_CHANGED = (
    READ
    + """
def verify_task(initial_db_path, final_db_path):
    if priority(final_db_path) == "low":
        raise ValueError("nothing happened")
    return {"after": priority(final_db_path)}
"""
)


def source(mode: VerifierMode, code: str) -> VerifierSource:
    name = "verify_task" if mode == "sql" else "verify_task_completion"
    return VerifierSource(mode=mode, code=code, function_name=name, guidance="Ticket 7 is urgent.")


BOTH = Sources(code=source("code", CODE), sql=source("sql", SQL))
CASE = Case(instruction="Make ticket 7 urgent.", transcript="[step 1] update_ticket {} -> ok", final_answer="Done.")
IDLE = Case(instruction="Make ticket 7 urgent.", transcript="(no calls yet)", is_untouched=True)


def ruled(classification: str, confidence: float = 0.8) -> Reply:
    ruling = {"reasoning": "because", "classification": classification, "confidence_score": confidence}
    return text(json.dumps(ruling))


@pytest.fixture
def databases(tmp_path: Path) -> tuple[Path, Path]:
    """One in which ticket 7 is low and one in which it is urgent."""
    paths = tmp_path / "initial.db", tmp_path / "final.db"
    for path, priority in zip(paths, ("low", "urgent"), strict=True):
        with closing(sqlite3.connect(path)) as connection, connection:
            connection.execute("CREATE TABLE tickets (id INTEGER PRIMARY KEY, priority TEXT)")
            connection.execute("INSERT INTO tickets VALUES (7, ?)", (priority,))
    return paths


@pytest.fixture
def done(databases: tuple[Path, Path]) -> Bench:
    return Bench(*databases)


@pytest.fixture
def untouched(databases: tuple[Path, Path]) -> Bench:
    return Bench(databases[0], databases[0])


async def tried(
    mode: Literal["sql", "both"], bench: Bench, reply: Reply | None, sources: Sources = BOTH, case: Case = CASE
) -> Verdict:
    """Verify with a judge who replies so; None means that nobody may ask."""
    verify = verify_sql if mode == "sql" else verify_both
    with OpenAIServer([reply] if reply else []) as server:
        choice = ModelChoice(model="openai:served", base_url=server.base_url, parameters={"max_retries": 0})
        judge = Judge(chat_model("judge", choice), "openai:served", timeout_seconds=30)
        verdict = await verify(sources, bench, case, judge)
        assert len(server.requests) == (1 if reply else 0)
    return verdict


@pytest.mark.parametrize("classification", ["complete", "incomplete", "server_error", "agent_error"])
async def test_in_sql_mode_the_judge_decides_from_the_evidence(done: Bench, classification: Classification) -> None:
    verdict = await tried("sql", done, ruled(classification))

    assert (verdict.outcome, verdict.mode, verdict.result) == (classification, "sql", classification)
    assert (verdict.control, verdict.error, verdict.disagreement) == ("others", "", "")
    assert verdict.judgement is not None
    assert verdict.judgement.evidence == {"before": "low", "after": "urgent"}
    assert verdict.judgement.evidence_differs
    assert (verdict.judgement.confidence, verdict.judgement.reasoning) == (0.8, "because")
    assert Verdict.model_validate(verdict.model_dump(mode="json")) == verdict


async def test_a_judge_without_a_judgement_is_a_judge_error_with_the_reason(done: Bench) -> None:
    verdict = await tried("sql", done, failure(500))

    assert (verdict.outcome, verdict.result) == ("judge_error", "")
    assert verdict.error.startswith("model_error: ")
    assert verdict.judgement is not None
    assert verdict.judgement.evidence == {"before": "low", "after": "urgent"}


@pytest.mark.parametrize("mode", ["sql", "both"])
async def test_without_evidence_nobody_is_asked(done: Bench, mode: Literal["sql", "both"]) -> None:
    verdict = await tried(mode, done, None, Sources(BOTH.code, source("sql", BROKEN)))

    assert verdict.outcome == ("judge_error" if mode == "sql" else "complete")
    assert verdict.judgement is not None
    assert verdict.judgement.error == "there is no evidence: error: ValueError: no such column (line 2)"
    assert verdict.judgement.usage.model_calls == 0


async def test_a_verifier_that_wants_the_final_answer_has_it_and_its_control_has_none(untouched: Bench) -> None:
    verdict = await tried("sql", untouched, ruled("complete"), Sources(None, source("sql", ANSWER_TOO)))

    assert verdict.judgement is not None
    assert verdict.judgement.evidence == {"answer": "Done."}
    assert verdict.judgement.evidence_differs


async def test_a_control_without_evidence_takes_nothing_from_the_judgement(done: Bench) -> None:
    verdict = await tried("sql", done, ruled("complete"), Sources(BOTH.code, source("sql", ONLY_ON_CHANGED)))

    assert verdict.outcome == "complete"
    assert verdict.judgement is not None
    assert verdict.judgement.evidence_differs is None


@pytest.mark.parametrize("mode", ["sql", "both"])
async def test_a_task_that_an_untouched_database_passes_is_void_and_nobody_is_asked(
    done: Bench, mode: Literal["sql", "both"]
) -> None:
    verdict = await tried(mode, done, None, Sources(source("code", TRIVIAL), BOTH.sql))

    assert (verdict.outcome, verdict.mode, verdict.control) == ("void", mode, "complete")
    assert verdict.judgement is None


@pytest.mark.parametrize(
    ("classification", "code", "outcome"),
    [
        ("complete", CODE, "incomplete"),
        ("complete", None, "void"),
        ("complete", BROKEN, "void"),
        ("incomplete", None, "incomplete"),
        ("server_error", CODE, "server_error"),
    ],
)
async def test_a_judge_who_calls_doing_nothing_complete_is_overruled(
    untouched: Bench, classification: Classification, code: str | None, outcome: str
) -> None:
    sources = Sources(source("code", code) if code else None, BOTH.sql)
    verdict = await tried("sql", untouched, ruled(classification), sources, IDLE)

    assert (verdict.outcome, verdict.result) == (outcome, classification)
    assert verdict.judgement is not None
    assert verdict.judgement.evidence_differs is False


@pytest.mark.parametrize("change", [{"final_answer": "4"}, {"is_untouched": False}])
async def test_an_answer_or_a_change_is_enough_to_be_judged(untouched: Bench, change: dict[str, object]) -> None:
    verdict = await tried("sql", untouched, ruled("complete"), case=IDLE.model_copy(update=change))

    assert verdict.outcome == "complete"


async def test_a_task_without_a_verifier_in_sql_mode_is_not_judged(done: Bench) -> None:
    by_judge = await tried("sql", done, None, Sources(BOTH.code, None))
    by_both = await tried("both", done, None, Sources(BOTH.code, None))

    assert (by_judge.outcome, by_judge.mode) == ("no_verifier", "sql")
    assert (by_both.outcome, by_both.mode, by_both.judgement) == ("complete", "both", None)


async def test_a_task_without_a_verifier_in_code_mode_is_judged_without_that_control(done: Bench) -> None:
    by_judge = await tried("sql", done, ruled("complete"), Sources(None, BOTH.sql))
    by_both = await tried("both", done, ruled("complete"), Sources(None, BOTH.sql))

    assert (by_judge.outcome, by_judge.control) == ("complete", "")
    assert (by_both.outcome, by_both.disagreement) == ("no_verifier", "")
    assert by_both.judgement is not None
    assert by_both.judgement.classification == "complete"


@pytest.mark.parametrize(
    ("is_done", "classification", "disagreement"),
    [
        (True, "complete", ""),
        (True, "incomplete", "code: complete, judge: incomplete"),
        (True, "agent_error", "code: complete, judge: agent_error"),
        (False, "complete", "code: incomplete, judge: complete"),
        (False, "incomplete", ""),
        (False, "server_error", ""),
    ],
)
async def test_in_both_modes_the_code_decides_and_disagreement_is_told(
    done: Bench, untouched: Bench, is_done: bool, classification: Classification, disagreement: str
) -> None:
    verdict = await tried("both", done if is_done else untouched, ruled(classification))

    assert (verdict.outcome, verdict.mode) == ("complete" if is_done else "incomplete", "both")
    assert (verdict.result, verdict.control) == ("complete" if is_done else "others", "others")
    assert verdict.evidence == {"seen": "urgent" if is_done else "low"}
    assert verdict.disagreement == disagreement
    assert verdict.judgement is not None
    assert verdict.judgement.classification == classification


async def test_where_the_code_fails_there_is_nothing_to_disagree_with(done: Bench) -> None:
    verdict = await tried("both", done, ruled("complete"), Sources(source("code", BROKEN), BOTH.sql))

    assert (verdict.outcome, verdict.disagreement) == ("judge_error", "")
    assert verdict.error.startswith("error: ValueError")


async def test_in_both_modes_a_judge_who_fails_takes_nothing_from_the_verdict(done: Bench) -> None:
    verdict = await tried("both", done, failure(500))

    assert (verdict.outcome, verdict.error, verdict.disagreement) == ("complete", "", "")
    assert verdict.judgement is not None
    assert verdict.judgement.error.startswith("model_error: ")
