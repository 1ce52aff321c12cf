"""The rows of an AWM JSON Lines folder: which file holds which, and what is read of each."""

from __future__ import annotations

import json
import re
from typing import Any, ClassVar, Generic, NamedTuple, TypeVar

from pydantic import BaseModel, ConfigDict, Field

from awm_langgraph.catalog.names import normalise
from awm_langgraph.catalog.scenario import VerifierMode, VerifierSource
from awm_langgraph.episode import Call, Solution

_SHORTEST_VERIFIER = 10
_VERIFY_FUNCTION = re.compile(r"^def[ \t]+(verify_\w+)[ \t]*\(", re.MULTILINE)
_FENCE = re.compile(r"\A\s*```\w*\n(.*?)\n?```\s*\Z", re.DOTALL)


class Row(BaseModel):
    """One row of one file. ``unread`` names the keys that AWM writes and nothing here reads."""

    model_config = ConfigDict(frozen=True, extra="allow")

    unread: ClassVar[frozenset[str]] = frozenset()

    scenario: str

    @property
    def key(self) -> str:
        """Name the row within its file: ``scenario``, or ``scenario/task_idx`` for a task's row."""
        return normalise(self.scenario)

    @property
    def is_empty(self) -> bool:
        """Tell whether the row is there but says nothing."""
        return not normalise(self.scenario)

    def unknown_keys(self) -> set[str]:
        """Return the keys that AWM's format does not have."""
        return set(self.model_extra or ()) - self.unread


class ScenarioRow(Row):
    """``gen_scenario.jsonl``, the one file whose rows call the scenario ``name``."""

    scenario: str = Field(validation_alias="name")
    description: str = ""


class TasksRow(Row):
    """``gen_tasks.jsonl``."""

    tasks: tuple[str, ...]


class _Table(BaseModel):
    name: str
    ddl: str
    indexes: tuple[str, ...] = ()


class _Schema(BaseModel):
    tables: tuple[_Table, ...]


class DatabaseRow(Row):
    """``gen_db.jsonl``."""

    unread = frozenset({"db_path"})

    db_schema: _Schema


class _TableSeed(BaseModel):
    table_name: str
    insert_statements: tuple[str, ...]


class _SampleData(BaseModel):
    tables: tuple[_TableSeed, ...]


class SeedRow(Row):
    """``gen_sample.jsonl``."""

    unread = frozenset({"tables_count", "inserts_count"})

    sample_data: _SampleData


class CodeRow(Row):
    """``gen_envs.jsonl``."""

    unread = frozenset({"db_path"})

    full_code: str


class TaskRow(Row):
    """A row about one task."""

    task_idx: int

    @property
    def key(self) -> str:
        """Name the row within its file."""
        return task_key(super().key, self.task_idx)


class _Verification(BaseModel):
    code: str | None = None
    raw_response: str | None = None


class VerifierRow(TaskRow):
    """``gen_verifier.jsonl`` (mode sql) and ``gen_verifier.pure_code.jsonl`` (mode code)."""

    unread = frozenset({"task"})

    verification: _Verification | None = None

    @property
    def is_empty(self) -> bool:
        """Tell whether there is no code in it that could be called."""
        return super().is_empty or self.source("code") is None

    def source(self, mode: VerifierMode) -> VerifierSource | None:
        """Read the row as a verifier of one mode; None where its code is too short or defines no ``verify_...``."""
        code = (self.verification and self.verification.code) or ""
        function = _VERIFY_FUNCTION.search(code)
        if function is None or len(code.strip()) < _SHORTEST_VERIFIER:
            return None
        raw = (self.verification and self.verification.raw_response) or ""
        guidance = _guidance(raw) if mode == "sql" else ""
        return VerifierSource(mode=mode, code=code, function_name=function[1], guidance=guidance)


class _Call(BaseModel):
    tool: str
    arguments: dict[str, Any] = Field(default_factory=dict)


class SolutionRow(TaskRow):
    """``oracle.jsonl``, which the data set does not have: reference solutions beside it."""

    unread = frozenset({"kind", "trivial"})

    calls: tuple[_Call, ...]
    final_answer: str | None = None

    def solution(self) -> Solution:
        """Read the row as a reference solution."""
        calls = tuple(Call(tool=call.tool, arguments=call.arguments) for call in self.calls)
        return Solution(calls=calls, final_answer=self.final_answer or "")


R = TypeVar("R", bound=Row)


class DataFile(NamedTuple, Generic[R]):
    """One file of the folder. ``without`` says what is missing where the file is; empty: it cannot be missing."""

    name: str
    row: type[R]
    without: str = ""


TASKS = DataFile("gen_tasks.jsonl", TasksRow)
DATABASES = DataFile("gen_db.jsonl", DatabaseRow)
SEEDS = DataFile("gen_sample.jsonl", SeedRow)
CODE = DataFile("gen_envs.jsonl", CodeRow)
SCENARIOS = DataFile("gen_scenario.jsonl", ScenarioRow, "scenarios have no description")
CODE_VERIFIERS = DataFile("gen_verifier.pure_code.jsonl", VerifierRow, "tasks have no code-mode verifier")
SQL_VERIFIERS = DataFile("gen_verifier.jsonl", VerifierRow, "tasks have no sql-mode verifier")
SOLUTIONS = DataFile("oracle.jsonl", SolutionRow, "tasks have no reference solution (the data set has none)")

ESSENTIAL: tuple[DataFile[Any], ...] = (TASKS, DATABASES, SEEDS, CODE)
FILES: tuple[DataFile[Any], ...] = (*ESSENTIAL, SCENARIOS, CODE_VERIFIERS, SQL_VERIFIERS, SOLUTIONS)
VERIFIERS: dict[VerifierMode, DataFile[VerifierRow]] = {"code": CODE_VERIFIERS, "sql": SQL_VERIFIERS}
SPECIFICATION = "gen_spec.jsonl"


def task_key(scenario: str, task_idx: int) -> str:
    """Name a task's row within its file."""
    return f"{scenario}/{task_idx}"


def _guidance(raw_response: str) -> str:
    """Return what a generator's JSON answer tells a judge; empty where it is no such JSON."""
    fenced = _FENCE.match(raw_response)
    try:
        answer = json.loads(fenced[1] if fenced else raw_response)
    except ValueError:
        return ""
    if not isinstance(answer, dict):
        return ""
    titles = {"reasoning": "Reasoning", "success_criteria": "Success criteria", "failure_criteria": "Failure criteria"}
    return "\n\n".join(f"{title}:\n{_text(answer[key])}" for key, title in titles.items() if answer.get(key))


def _text(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, indent=2)
