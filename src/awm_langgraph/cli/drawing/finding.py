"""A finding as a line for people."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.table import Table
from rich.text import Text

from awm_langgraph.cli.text import one_line

if TYPE_CHECKING:
    from rich.console import RenderableType

    from awm_langgraph.cli.checkup import Finding

_STATE_WIDTH = 7
_POINT_WIDTH = 9
_STYLES = {"ok": "green", "notice": "bold magenta", "problem": "bold red"}


def draw_finding(finding: Finding) -> RenderableType:
    """Draw its state, its point and what was found, with what to do about it below."""
    text = Text(one_line(finding.found))
    if finding.advice:
        text.append(f"\nto do: {one_line(finding.advice)}", style="bold")
    row = Table.grid(padding=(0, 2, 0, 0))
    row.add_column(width=_STATE_WIDTH, style=_STYLES[finding.state])
    row.add_column(width=_POINT_WIDTH, style="bold")
    row.add_column(overflow="fold")
    row.add_row(finding.state, finding.point, text)
    return row
