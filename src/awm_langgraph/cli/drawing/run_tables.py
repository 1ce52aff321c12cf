"""Runs and their episodes as tables, and a run at a glance."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.console import RenderableType
from rich.text import Text

from awm_langgraph.cli.drawing.ending import number, outcome_text
from awm_langgraph.cli.drawing.layout import line, model_name, plain_table, script_note
from awm_langgraph.cli.stored import StoredRun
from awm_langgraph.cli.text import counted, one_line, shortened
from awm_langgraph.rollout.records import EpisodeRow, Origin

SHORT_ID = 8
"""So many letters of an episode's id are shown, and enough to name it by."""
_REASON_LIMIT = 300


def draw_runs(runs: Sequence[StoredRun]) -> RenderableType:
    """Draw one line per run."""
    table = plain_table("run", "episodes", "complete", "expert", "models", numbers=("episodes", "complete"))
    for run in runs:
        provenance = run.record.provenance
        table.add_row(
            Text(run.record.run_id, no_wrap=True),
            str(len(run.own)),
            str(run.count("complete")),
            one_line(provenance.condition),
            Text("\n").join(Text(one_line(name)) for name in provenance.models.values()),
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
    forks = [(row.episode_id[:SHORT_ID], row.forked_from) for row in run.episodes if row.forked_from]
    if forks:
        yield Text()
        yield from (line(name, origin_text(origin)) for name, origin in forks)
    reasons = [(episode.episode_id[:SHORT_ID], reason) for episode in run.episodes if (reason := _reason(episode))]
    if reasons:
        yield Text()
        yield from (line(name, reason) for name, reason in reasons)
    if note := script_note(provenance.models):
        yield Text("\n").append(note)


def origin_text(origin: Origin) -> Text:
    """Say what a fork goes on from, and why it was made."""
    text = Text(f"forked from {origin.episode_id[:SHORT_ID]} after step {origin.step}")
    if origin.arm:
        text.append(f", {origin.arm} advice {origin.consultation}, repeat {(origin.repeat or 0) + 1}")
    return text


def _reason(episode: EpisodeRow) -> Text | None:
    """Say why an episode failed, or how far an unfinished one has come."""
    if episode.outcome == "unfinished":
        counts = {"step": episode.step_count, "call": episode.call_count, "consultation": episode.consultation_count}
        return Text(f"unfinished after {', '.join(counted(number, noun) for noun, number in counts.items())}")
    first = episode.error.strip().partition("\n")[0]
    return Text(shortened(one_line(first), _REASON_LIMIT), style="red") if first else None
