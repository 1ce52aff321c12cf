"""AWM data, read only: scenarios, tasks, verifiers and reference solutions, whatever form their files have."""

from awm_langgraph.catalog.catalog import Catalog
from awm_langgraph.catalog.checks import check_scenario
from awm_langgraph.catalog.opening import open_catalog
from awm_langgraph.catalog.scenario import (
    Scenario,
    ScenarioSummary,
    SeedStatement,
    Table,
    VerifierMode,
    VerifierSource,
)

__all__ = [
    "Catalog",
    "Scenario",
    "ScenarioSummary",
    "SeedStatement",
    "Table",
    "VerifierMode",
    "VerifierSource",
    "check_scenario",
    "open_catalog",
]
