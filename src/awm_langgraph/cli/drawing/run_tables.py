"""Runs and their episodes as tables, and a run at a glance."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.console import RenderableType
from rich.text import Text

from awm_langgraph.cli.drawing.ending import number, outcome_text
from awm_langgraph.cli.drawing.layout import SCRIPTED, line, model_name, plain_table
from awm_langgraph.cli.stored import StoredRun
from awm_langgraph.cli.text import one_line

SHORT_ID = 8
"""So many letters of an episode's id are shown, and enough to name it by."""


def draw_runs(runs: Sequence[StoredRun]) -> RenderableType:
    """Draw one line per run."""
    table = plain_table("run", "episodes", "complete", "expert", "agent", numbers=("episodes", "complete"))
    for run in runs:
        provenance = run.record.provenance
        table.add_row(
            run.record.run_id,
            str(len(run.episodes)),
            str(run.count("complete")),
            one_line(provenance.condition),
            model_name(provenance.models["agent"]),
        )
    return table


def draw_run(run: StoredRun) -> Iterator[RenderableType]:
    """Draw what a run was made with, and one line per episode."""
    provenance = run.record.provenance
    yield Text(run.record.run_id, style="bold")
    yield line("made", Text(f"{run.record.created_at:%Y-%m-%d %H:%M:%S %Z} by awm-langgraph {provenance.version}"))
    for role, model in provenance.models.items():
        yield line(role, model_name(model))
    yield line("condition", Text(one_line(provenance.condition)))
    yield line("folder", Text(one_line(str(run.folder.path))))
    yield Text()
    columns = ("episode", "task", "outcome", "pattern", "steps", "advice", "reward", "shaped")
    table = plain_table(*columns, numbers=("steps", "advice", "reward", "shaped"))
    for episode in run.episodes:
        reward = episode.reward
        table.add_row(
            episode.episode_id[:SHORT_ID],
            Text(one_line(episode.task.key)),
            outcome_text(episode.outcome),
            reward.pattern if reward else "",
            str(episode.step_count),
            str(episode.consultation_count),
            number(reward.environment if reward else None),
            number(reward.shaped if reward else None),
        )
    yield table
    if provenance.is_scripted:
        yield Text.assemble("\n", SCRIPTED, "  no model's results")
