"""A scenario as the environment needs it: tables, seed rows, application code, tasks."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from typing import Literal

from awm_langgraph.episode import Value

VerifierMode = Literal["code", "sql"]


class Table(Value):
    """One table's DDL and the statements that index it."""

    name: str
    ddl: str
    indexes: tuple[str, ...] = ()


class SeedStatement(Value):
    """One INSERT as the data set holds it, unrepaired."""

    table: str
    sql: str


class VerifierSource(Value):
    """One task's verifier in one mode. ``guidance`` is what the data set tells a judge (sql mode only)."""

    mode: VerifierMode
    code: str
    function_name: str
    guidance: str = ""


class ScenarioSummary(Value):
    """What a list of scenarios shows of one. ``tasks`` counts them."""

    name: str
    description: str
    tasks: int


class Scenario(Value):
    """An AWM world definition, without its verifiers.

    ``is_ours`` marks the bundled scenarios, this project's own code; code from anywhere else is untrusted.
    ``fingerprint`` is the SHA-256 (hex) of tables, seed and code.
    """

    catalog: str
    name: str
    description: str
    tables: tuple[Table, ...]
    seed: tuple[SeedStatement, ...]
    code: str
    tasks: tuple[str, ...]
    is_ours: bool = False
    fingerprint: str


def fingerprint_of(tables: Sequence[Table], seed: Sequence[SeedStatement], code: str) -> str:
    """Hash what an environment is built from; return the SHA-256 in hex."""
    parts = [[table.model_dump() for table in tables], [statement.model_dump() for statement in seed], code]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()
