"""Two episodes of one task, side by side."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.box import MINIMAL
from rich.console import Group, RenderableType
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from awm_langgraph.cli.drawing.ending import number, outcome_text
from awm_langgraph.cli.drawing.layout import plain_table, script_mark
from awm_langgraph.cli.drawing.story import Story, draw_header
from awm_langgraph.episode import Trajectory

_NARROWEST_PAIR = 120
"""Below so many columns the two stand one after the other."""


@dataclass(frozen=True)
class Side:
    """One of the two episodes: what it is called, what happened, what came of it."""

    title: str
    events: tuple[Mapping[str, Any], ...]
    trajectory: Trajectory
    folder: Path


def draw_comparison(alone: Side, helped: Side, *, width: int) -> Iterator[RenderableType]:
    """Draw the task, both episodes, side by side where there is room, and their figures."""
    yield from draw_header(helped.trajectory.task, helped.trajectory.provenance)
    yield Text()
    if width >= _NARROWEST_PAIR:
        pair = Table(box=MINIMAL, expand=True, padding=(0, 1), pad_edge=False, show_edge=False)
        for side in (alone, helped):
            pair.add_column(side.title, ratio=1, header_style="bold")
        pair.add_row(_draw(alone), _draw(helped))
        yield pair
    else:
        for side in (alone, helped):
            yield Rule(Text(side.title, style="bold"), align="left", style="dim")
            yield _draw(side)
    yield Text()
    yield _figures(alone, helped)


def _draw(side: Side) -> RenderableType:
    story = Story(side.trajectory.provenance.models)
    return Group(*(part for event in side.events for part in story.draw(event)))


def _figures(*sides: Side) -> RenderableType:
    titles = [side.title for side in sides]
    table = plain_table("", *titles)
    rows = [_figures_of(side.trajectory) for side in sides]
    for name in rows[0]:
        table.add_row(Text(name, style="bold"), *(row[name] for row in rows))
    return table


def _figures_of(trajectory: Trajectory) -> dict[str, RenderableType]:
    reward = trajectory.reward
    mark = script_mark(trajectory.provenance.models)
    return {
        "outcome": Text("  ").join((outcome_text(trajectory.verdict.outcome), mark)),
        "steps": str(trajectory.steps),
        "format errors": str(sum(call.is_format_error for call in trajectory.calls)),
        "consultations": str(len(trajectory.consultations)),
        "pattern": reward.pattern if reward else "",
        "reward": number(reward.environment if reward else None),
        "shaped reward": number(reward.shaped if reward else None),
        "seconds": f"{trajectory.latency_seconds:.1f}",
    }
