"""Values to rows and back, through a real database."""

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import TypeVar

from hypothesis import given
from hypothesis import strategies as st

import awm_langgraph.rollout.rows
from awm_langgraph.episode import (
    Advice,
    ConsultationRecord,
    Judgement,
    PlanStep,
    Provenance,
    Task,
    ToolOutcome,
    Usage,
    Value,
    Verdict,
)
from awm_langgraph.rollout import statements
from awm_langgraph.rollout.records import Beginning
from awm_langgraph.rollout.rows import row_of, start_row, value_of

V = TypeVar("V", bound=Value)

SCHEMA = Path(awm_langgraph.rollout.rows.__file__).with_name("schema.sql").read_text(encoding="utf-8")
EPISODE = start_row(
    Beginning(
        episode_id="e1",
        task=Task(catalog="c", scenario="s", task_idx=None, instruction="i"),
        provenance=Provenance(version="", catalog_fingerprint="", prompts={}, models={}, condition="", seed=0),
    ),
    "2026-11-21T07:33:55+00:00",
)
COUNTS = st.integers(0, 2**40)
SECONDS = st.floats(0, 1e6)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)
OBJECTS = st.dictionaries(st.text(), JSON, max_size=3)
TEXTS = st.lists(st.text(), max_size=2).map(tuple)
USAGES = st.builds(
    Usage, model_calls=COUNTS, input_tokens=COUNTS, output_tokens=COUNTS, cost_usd=st.none() | st.floats(0, 1e6)
)
CALLS = st.builds(
    ToolOutcome,
    arguments=OBJECTS,
    status=st.none() | st.integers(100, 599),
    latency_seconds=SECONDS,
    step=COUNTS,
    repairs=TEXTS,
    is_lookup=st.booleans(),
)
CONSULTATIONS = st.builds(
    ConsultationRecord,
    number=COUNTS,
    step=COUNTS,
    after_calls=COUNTS,
    advice=st.builds(Advice, plan=st.lists(st.builds(PlanStep, arguments=OBJECTS), max_size=2).map(tuple)),
    complaints=TEXTS,
    leaks=TEXTS,
    specialist=st.text(),
    usage=USAGES,
    latency_seconds=SECONDS,
)
JUDGEMENTS = st.builds(
    Judgement,
    classification=st.none() | st.just("complete"),
    confidence=st.none() | st.floats(0, 1),
    evidence=OBJECTS,
    evidence_differs=st.none() | st.booleans(),
    usage=st.builds(Usage, model_calls=COUNTS),
)
VERDICTS = st.builds(
    Verdict, evidence=OBJECTS, latency_seconds=SECONDS, judgement=st.none() | JUDGEMENTS, disagreement=st.text()
)


def through_a_database(value: V, table: str, **key: object) -> V:
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.row_factory = sqlite3.Row
        connection.executescript(SCHEMA)
        connection.execute(*statements.start(EPISODE))
        connection.execute(
            *statements.upsert(table, ("episode_id", *key), {"episode_id": "e1", **key, **row_of(value)})
        )
        return value_of(type(value), connection.execute(f"SELECT * FROM {table}").fetchone())


@given(call=CALLS)
def test_a_call_comes_back_as_it_was(call: ToolOutcome) -> None:
    assert through_a_database(call, "calls", ordinal=1) == call


@given(record=CONSULTATIONS)
def test_a_consultation_comes_back_as_it_was(record: ConsultationRecord) -> None:
    assert through_a_database(record, "consultations", number=record.number) == record


@given(verdict=VERDICTS)
def test_a_verdict_comes_back_as_it_was(verdict: Verdict) -> None:
    assert through_a_database(verdict, "verdicts") == verdict
