"""The shapes that all output is made of: a label beside its content, models with their mark, plain tables."""

from __future__ import annotations

from collections.abc import Mapping

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from awm_langgraph.cli.text import one_line

LABEL_WIDTH = 9
SCRIPTED = ("(scripted)", "bold magenta")
"""The mark of what a script did, so that nobody takes it for a model's result."""
_SCRIPT_PREFIX = "scripted:"
INDENT = 2


def line(label: str, *content: RenderableType, style: str = "bold", width: int = LABEL_WIDTH) -> RenderableType:
    """Put a label beside what belongs to it; long content stays in its column."""
    grid = Table.grid(padding=(0, 2, 0, 0))
    grid.add_column(width=width, no_wrap=True, style=style)
    grid.add_column(overflow="fold")
    grid.add_row(label, Group(*content))
    return grid


def indented(content: RenderableType) -> RenderableType:
    """Set content in by two columns."""
    return Padding(content, (0, 0, 0, INDENT))


def script_mark(models: Mapping[str, str]) -> Text:
    """Write the mark of an episode whose roles these models played: empty, whole, or with the roles of scripts."""
    scripted = [role for role, name in models.items() if name.startswith(_SCRIPT_PREFIX)]
    if len(scripted) == len(models):
        return Text.assemble(SCRIPTED)
    return Text(f"(scripted {' and '.join(scripted)})" if scripted else "", style=SCRIPTED[1])


def script_note(models: Mapping[str, str]) -> Text:
    """Write the mark, and what it means where the agent itself was a script."""
    note = script_mark(models)
    if models["agent"].startswith(_SCRIPT_PREFIX):
        note.append("  a script's result, no model's", style="not bold not magenta dim")
    return note


def model_name(name: str) -> Text:
    """Write a model's name, with the mark of a script where it is one."""
    text = Text(one_line(name))
    if name.startswith(_SCRIPT_PREFIX):
        text.append("  ").append(*SCRIPTED)
    return text


def plain_table(*columns: str, numbers: tuple[str, ...] = ()) -> Table:
    """Make a table without frames; ``numbers`` names the columns that are aligned to the right."""
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    for column in columns:
        is_number = column in numbers
        table.add_column(column, justify="right" if is_number else "left", no_wrap=is_number, overflow="fold")
    return table
