"""A scenario as ``scenarios show`` shows it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from rich.console import RenderableType
from rich.padding import Padding
from rich.text import Text

from awm_langgraph.catalog import Catalog, Scenario, VerifierMode, check_scenario
from awm_langgraph.cli.drawing.layout import line, plain_table
from awm_langgraph.cli.text import counted, one_line, safe
from awm_langgraph.episode import Value

_MODES: tuple[VerifierMode, ...] = ("code", "sql")


class TaskPortrait(Value):
    """One task and what there is to check it with."""

    task_idx: int
    instruction: str
    verifiers: tuple[VerifierMode, ...]
    has_solution: bool


class TablePortrait(Value):
    """One table and how many statements seed it."""

    name: str
    seed_statements: int


class Portrait(Value):
    """What there is to say of a scenario without running it. ``findings`` is what is wrong with it."""

    catalog: str
    name: str
    description: str
    is_ours: bool
    fingerprint: str
    tables: tuple[TablePortrait, ...]
    tasks: tuple[TaskPortrait, ...]
    findings: tuple[str, ...]


def portrait_of(catalog: Catalog, name: str) -> Portrait:
    """Describe a scenario by reading it.

    Raises:
        CatalogError: there is no such scenario, or a file of it cannot be read.
    """
    scenario = catalog.scenario(name)
    seeded = Counter(statement.table.lower() for statement in scenario.seed)
    return Portrait(
        **scenario.model_dump(include={"catalog", "name", "description", "is_ours", "fingerprint"}),
        tables=tuple(
            TablePortrait(name=table.name, seed_statements=seeded[table.name.lower()]) for table in scenario.tables
        ),
        tasks=tuple(_task(catalog, scenario, task_idx) for task_idx in range(len(scenario.tasks))),
        findings=check_scenario(catalog, scenario.name),
    )


def draw_portrait(portrait: Portrait) -> Iterator[RenderableType]:
    """Draw a scenario: what it is, its tasks, its tables, what is wrong with it."""
    title = Text(portrait.name, style="bold")
    yield title.append(f"  catalog {one_line(portrait.catalog)}", style="not bold dim")
    if portrait.description.strip():
        yield Padding(Text(safe(portrait.description).strip()), (1, 0, 0, 0))
    yield Text()
    yield _tasks(portrait.tasks)
    yield Text()
    rows = sum(table.seed_statements for table in portrait.tables)
    tables = ", ".join(f"{one_line(table.name)} {table.seed_statements}" for table in portrait.tables)
    yield line("tables", Text(f"{counted(len(portrait.tables), 'table')}, {counted(rows, 'seed statement')}"))
    yield line("", Text(tables, style="dim"))
    yield line("code", Text("this project's own" if portrait.is_ours else "from a data set: it runs confined"))
    findings = [Text(f"- {one_line(finding)}", style="red") for finding in portrait.findings]
    yield line("faults", *(findings or [Text("none found by reading", style="dim")]))


def _task(catalog: Catalog, scenario: Scenario, task_idx: int) -> TaskPortrait:
    verifiers = tuple(mode for mode in _MODES if catalog.verifier(scenario.name, task_idx, mode))
    return TaskPortrait(
        task_idx=task_idx,
        instruction=scenario.tasks[task_idx],
        verifiers=verifiers,
        has_solution=catalog.solution(scenario.name, task_idx) is not None,
    )


def _tasks(tasks: tuple[TaskPortrait, ...]) -> RenderableType:
    table = plain_table("task", "instruction", "verifiers", "solution", numbers=("task",))
    for task in tasks:
        table.add_row(
            str(task.task_idx),
            Text(one_line(task.instruction)),
            ", ".join(task.verifiers) or Text("none", style="red"),
            "yes" if task.has_solution else "no",
        )
    return table
