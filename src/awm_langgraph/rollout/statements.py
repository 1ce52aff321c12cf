"""The run store's SQL: what is written, and the one query that is more than a table."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from awm_langgraph.episode import ConsultationRecord, Decision, ToolOutcome, Trajectory, Usage, Value
from awm_langgraph.rollout.records import Beginning, Progress, StepRecord
from awm_langgraph.rollout.rows import Row, finish_row, row_of, start_row

Statement = tuple[str, Mapping[str, Any]]

EPISODES = """
    SELECT episodes.*, episodes.id AS episode_id,
        coalesce(verdicts.outcome, 'unfinished') AS outcome,
        coalesce(episodes.steps, (SELECT max(number) FROM steps WHERE episode_id = episodes.id), 0) AS step_count,
        (SELECT count(*) FROM calls WHERE episode_id = episodes.id) AS call_count,
        (SELECT count(*) FROM consultations WHERE episode_id = episodes.id) AS consultation_count
    FROM episodes LEFT JOIN verdicts ON verdicts.episode_id = episodes.id
"""

# A resumed episode makes its last step's calls again: the same call of the same step takes the same place.
_SAME_OR_NEXT_ORDINAL = """
    coalesce(
        (SELECT ordinal FROM calls
         WHERE episode_id = :episode_id AND step = :step AND call_id = :call_id AND call_id <> ''),
        (SELECT coalesce(max(ordinal), 0) + 1 FROM calls WHERE episode_id = :episode_id))
"""
_NEXT_DECISION = "(SELECT coalesce(max(ordinal), 0) + 1 FROM decisions WHERE episode_id = :episode_id)"
_NOTHING: Mapping[str, str] = MappingProxyType({})


def upsert(
    table: str,
    key: Iterable[str],
    row: Mapping[str, Any],
    *,
    keep: Iterable[str] = (),
    computed: Mapping[str, str] = _NOTHING,
) -> Statement:
    """Insert a row, or update the one with its key; columns in ``keep`` keep what they hold, if anything.

    ``computed`` maps further columns to SQL that may use the row's columns as ``:name``.
    """
    columns = (*row, *computed)
    values = ", ".join(computed.get(column, f":{column}") for column in columns)
    changes = ", ".join(
        f"{column} = coalesce({table}.{column}, excluded.{column})"
        if column in keep
        else f"{column} = excluded.{column}"
        for column in columns
        if column not in key
    )
    insert = f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({values})"
    return f"{insert} ON CONFLICT ({', '.join(key)}) DO UPDATE SET {changes}", {
        column: _storable(value) for column, value in row.items()
    }


def start(row: Row) -> Statement:
    """Write an episode's row as it begins; beginning again keeps when it began first."""
    return upsert("episodes", ("id",), row, keep=("started_at",))


def step(episode_id: str, record: StepRecord) -> Iterator[Statement]:
    """Write a step and what the agent has cost so far."""
    yield upsert("steps", ("episode_id", "number"), {"episode_id": episode_id, **row_of(record)})
    yield _tokens_so_far(episode_id, "agent", "steps")


def call(episode_id: str, outcome: ToolOutcome) -> Statement:
    """Write a call at the end of its episode's calls."""
    row = {"episode_id": episode_id, **row_of(outcome)}
    return upsert("calls", ("episode_id", "ordinal"), row, computed={"ordinal": _SAME_OR_NEXT_ORDINAL})


def consultation(episode_id: str, record: ConsultationRecord) -> Iterator[Statement]:
    """Write a consultation and what the expert has cost so far."""
    yield upsert("consultations", ("episode_id", "number"), {"episode_id": episode_id, **row_of(record)})
    yield _tokens_so_far(episode_id, "expert", "consultations")


def decision(episode_id: str, record: Decision) -> Statement:
    """Write a decision at the end of its episode's decisions."""
    row = {"episode_id": episode_id, **row_of(record)}
    return upsert("decisions", ("episode_id", "ordinal"), row, computed={"ordinal": _NEXT_DECISION})


def rewrite(episode_id: str, progress: Progress) -> Iterator[Statement]:
    """Put what a checkpoint says has happened in the place of all that was written as it happened."""
    yield from _replace(episode_id, "steps", "number", progress.steps)
    yield from _replace_records(episode_id, progress.calls, progress.consultations, progress.decisions, progress.usage)


def finish(trajectory: Trajectory, started_at: str, finished_at: str) -> Iterator[Statement]:
    """Write the whole episode: the trajectory takes the place of what was written as it happened, steps apart."""
    fields = {name: getattr(trajectory, name) for name in ("episode_id", "task", "provenance", "seed_problems")}
    row = start_row(Beginning(**fields), started_at) | finish_row(trajectory, finished_at)
    yield upsert("episodes", ("id",), row, keep=("started_at", "finished_at", "context_json", "forked_from_json"))
    yield from _replace_records(
        trajectory.episode_id, trajectory.calls, trajectory.consultations, trajectory.decisions, trajectory.usage
    )
    yield upsert("verdicts", ("episode_id",), {"episode_id": trajectory.episode_id, **row_of(trajectory.verdict)})


def _replace_records(
    episode_id: str,
    calls: Sequence[ToolOutcome],
    consultations: Sequence[ConsultationRecord],
    decisions: Sequence[Decision],
    usage: Mapping[str, Usage],
) -> Iterator[Statement]:
    yield from _replace(episode_id, "calls", "ordinal", calls)
    yield from _replace(episode_id, "consultations", "number", consultations)
    yield from _replace(episode_id, "decisions", "ordinal", decisions)
    own = {"episode_id": episode_id}
    yield "DELETE FROM tokens WHERE episode_id = :episode_id", own
    for role, each in usage.items():
        yield upsert("tokens", ("episode_id", "role"), own | {"role": role} | row_of(each))


def _replace(episode_id: str, table: str, key: str, values: Sequence[Value]) -> Iterator[Statement]:
    """Make a table hold exactly these values of an episode, in this order."""
    own = {"episode_id": episode_id}
    yield f"DELETE FROM {table} WHERE episode_id = :episode_id", own
    for place, value in enumerate(values, start=1):
        yield upsert(table, ("episode_id", key), own | {key: place} | row_of(value))


def _storable(value: Any) -> Any:
    """Escape what no UTF-8 text can hold: models and servers can send half a surrogate pair."""
    return value.encode("utf-8", "backslashreplace").decode() if isinstance(value, str) else value


def _tokens_so_far(episode_id: str, role: str, table: str) -> Statement:
    known_cost = "CASE WHEN count(cost_usd) = count(*) THEN sum(cost_usd) END"
    totals = f"sum(model_calls), sum(input_tokens), sum(output_tokens), {known_cost}"
    sql = (
        f"INSERT OR REPLACE INTO tokens SELECT :episode_id, :role, {totals} FROM {table} WHERE episode_id = :episode_id"
    )
    return sql, {"episode_id": episode_id, "role": role}
