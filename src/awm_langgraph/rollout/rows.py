"""Values to rows and back. Flat fields are columns, so that people can query them; the rest is JSON."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from typing import Any, TypeVar, get_args

from awm_langgraph.episode import Provenance, Task, Trajectory, Usage, Value
from awm_langgraph.rollout.records import Beginning, EpisodeRow, RunRecord

Row = dict[str, Any]
_V = TypeVar("_V", bound=Value)
_JSON = "_json"
_USAGE_COLUMNS = tuple(Usage.model_fields)


def to_json(value: object) -> str:
    """Write JSON in ASCII: a model can write half a surrogate pair, which no UTF-8 text can hold."""
    return json.dumps(value, ensure_ascii=True, allow_nan=False)


def row_of(value: Value) -> Row:
    """Flatten a value: its usage becomes columns, what is no plain value becomes JSON."""
    row: Row = {}
    for name, field in value.model_dump(mode="json").items():
        if name == "usage":
            row |= field
        elif isinstance(field, dict | list):
            row[f"{name}{_JSON}"] = to_json(field)
        elif field is None and _is_nested(type(value), name):
            row[f"{name}{_JSON}"] = None
        else:
            row[name] = field
    return row


def value_of(kind: type[_V], row: sqlite3.Row) -> _V:
    """Build a value from the columns that its type has, whatever else the row holds."""
    fields: Row = {}
    columns = dict(row)
    for column, content in columns.items():
        name = column.removesuffix(_JSON)
        if name in kind.model_fields:
            fields[name] = content if name == column or content is None else json.loads(content)
    if "usage" in kind.model_fields and "model_calls" in columns:
        fields["usage"] = usage_of(row)
    return kind.model_validate(fields)


def usage_of(row: sqlite3.Row) -> Usage:
    """Read the token columns."""
    return Usage(**{column: row[column] for column in _USAGE_COLUMNS})


def run_row(run: RunRecord) -> Row:
    """Make the one row of the run table."""
    return {
        "id": run.run_id,
        "created_at": run.created_at.isoformat(),
        "catalog": run.catalog,
        "models_json": to_json(run.provenance.models),
        "context_json": to_json(run.context),
        "strict_seed": run.strict_seed,
        **_provenance_columns(run.provenance),
    }


def run_of(row: sqlite3.Row) -> RunRecord:
    """Read the one row of the run table."""
    return RunRecord(
        run_id=row["id"],
        created_at=row["created_at"],
        provenance=json.loads(row["provenance_json"]),
        catalog=dict(row).get("catalog", ""),
        context=json.loads(row["context_json"]),
        strict_seed=row["strict_seed"],
    )


def start_row(episode: Beginning, started_at: str) -> Row:
    """Make an episode's row as it begins."""
    origin = episode.forked_from
    return {
        "id": episode.episode_id,
        **episode.task.model_dump(),
        **_provenance_columns(episode.provenance),
        "context_json": to_json(episode.context),
        "forked_from_json": to_json(origin.model_dump(mode="json")) if origin else None,
        "seed_problems_json": to_json([problem.model_dump(mode="json") for problem in episode.seed_problems]),
        "started_at": started_at,
    }


def finish_row(trajectory: Trajectory, finished_at: str) -> Row:
    """Make the columns that an episode gets as it ends."""
    reward = trajectory.reward
    return {
        "seed_problems_json": to_json([problem.model_dump(mode="json") for problem in trajectory.seed_problems]),
        "finished_at": finished_at,
        "stop_reason": trajectory.stop_reason,
        "steps": trajectory.steps,
        "environment_reward": reward.environment if reward else None,
        "shaped_reward": reward.shaped if reward else None,
        "pattern": reward.pattern if reward else None,
        "reward_json": to_json(reward.model_dump(mode="json")) if reward else None,
        "final_answer": trajectory.final_answer,
        "error": trajectory.error,
        "initial_snapshot": trajectory.initial_snapshot,
        "final_snapshot": trajectory.final_snapshot,
        "latency_seconds": trajectory.latency_seconds,
    }


def episode_of(row: sqlite3.Row, usage: Mapping[str, Usage]) -> EpisodeRow:
    """Build an episode's glance from a row of the episodes query."""
    fields = {name: content for name, content in dict(row).items() if name in EpisodeRow.model_fields}
    return EpisodeRow(
        **fields,
        task=Task(**{name: row[name] for name in Task.model_fields}),
        provenance=json.loads(row["provenance_json"]),
        context=json.loads(row["context_json"]),
        forked_from=json.loads(row["forked_from_json"]) if row["forked_from_json"] else None,
        seed_problems=json.loads(row["seed_problems_json"]),
        reward=json.loads(row["reward_json"]) if row["reward_json"] else None,
        usage=dict(usage),
    )


def _is_nested(kind: type[Value], name: str) -> bool:
    """Tell whether a field that may be empty holds a value when it is not."""
    members = get_args(kind.model_fields[name].annotation)
    return any(isinstance(member, type) and issubclass(member, Value) for member in members)


def _provenance_columns(provenance: Provenance) -> Row:
    return {
        "condition": provenance.condition,
        "is_scripted": provenance.is_scripted,
        "provenance_json": to_json(provenance.model_dump(mode="json")),
    }
