"""What can be found wrong with a scenario by reading it; nothing of it is run, not even compiled."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from awm_langgraph.catalog.catalog import Catalog
from awm_langgraph.catalog.scenario import Scenario, VerifierMode
from awm_langgraph.catalog.statements import inserted_table
from awm_langgraph.catalog.syntax import syntax_tree
from awm_langgraph.errors import CatalogError

_MODES: tuple[VerifierMode, ...] = ("code", "sql")


def check_scenario(catalog: Catalog, name: str) -> tuple[str, ...]:
    """Return what is wrong with a scenario, one line each; nothing where all is well.

    Raises:
        CatalogError: The catalog has no such scenario.
    """
    key = catalog.summary(name).name
    try:
        scenario = catalog.scenario(key)
        return (*_tasks(scenario), *_code(scenario), *_seed(scenario), *_verifiers(catalog, scenario))
    except CatalogError as error:
        return (str(error),)


def _tasks(scenario: Scenario) -> Iterator[str]:
    if not scenario.tasks:
        yield "it has no tasks"


def _code(scenario: Scenario) -> Iterator[str]:
    if fault := _syntax_fault(scenario.code):
        yield f"the application is no Python: {fault}"
    if "create_engine(" not in scenario.code:
        yield "the application has no create_engine( line, so it cannot be given its database"


def _seed(scenario: Scenario) -> Iterator[str]:
    known = {table.name.lower() for table in scenario.tables}
    named = {inserted_table(statement.sql) or statement.table for statement in scenario.seed}
    if unknown := sorted(name for name in named if name.lower() not in known):
        yield f"seed statements name unknown tables: {', '.join(unknown)}"


def _verifiers(catalog: Catalog, scenario: Scenario) -> Iterator[str]:
    indexes = range(len(scenario.tasks))
    for mode in _MODES:
        found = {idx: catalog.verifier(scenario.name, idx, mode) for idx in indexes}
        if missing := [idx for idx in indexes if found[idx] is None]:
            yield f"no {mode}-mode verifier for {_listed(missing)}"
        if broken := [idx for idx, verifier in found.items() if verifier and _syntax_fault(verifier.code)]:
            yield f"the {mode}-mode verifier is no Python for {_listed(broken)}"


def _syntax_fault(code: str) -> str:
    """Say why code is no Python; empty where it is."""
    try:
        syntax_tree(code)
    except SyntaxError as error:
        return f"{error.msg}, line {error.lineno}"
    except (ValueError, RecursionError, MemoryError) as error:
        return f"it cannot be parsed ({type(error).__name__})"
    return ""


def _listed(indexes: Sequence[int]) -> str:
    return f"task{'s' if len(indexes) > 1 else ''} {', '.join(map(str, indexes))}"
