"""Tables of runs whose records are made up here."""

import io
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console, RenderableType

from awm_langgraph.cli.drawing.run_tables import draw_run, draw_runs
from awm_langgraph.cli.stored import StoredRun
from awm_langgraph.cli.terminal import show
from awm_langgraph.episode import Provenance, Task
from awm_langgraph.rollout.folders import RunFolder
from awm_langgraph.rollout.records import EpisodeRow, RunRecord

NOW = datetime(2026, 1, 1, tzinfo=UTC)
TASK = Task(catalog="bundled", scenario="desk", task_idx=2, instruction="Do it.")
HALF = {"agent": "openai:small", "expert": "scripted:expert"}


def _provenance(models: dict[str, str]) -> Provenance:
    return Provenance(version="1", catalog_fingerprint="f", prompts={}, models=models, condition="dynamic", seed=0)


def _stored(*episodes: EpisodeRow, models: dict[str, str]) -> StoredRun:
    record = RunRecord(run_id="20260101-000000-aaaa", created_at=NOW, provenance=_provenance(models))
    return StoredRun(RunFolder(Path("runs") / record.run_id), record, episodes)


def _row(**fields: object) -> EpisodeRow:
    row = {"episode_id": "0123456789", "task": TASK, "provenance": _provenance(HALF), "started_at": NOW, **fields}
    return EpisodeRow.model_validate(row)


def _shown(parts: Iterable[RenderableType]) -> str:
    console = Console(file=io.StringIO(), width=80, markup=False, emoji=False, highlight=False)
    show(console, parts)
    output = console.file
    assert isinstance(output, io.StringIO)
    return "\n".join(line.rstrip() for line in output.getvalue().splitlines())


def test_a_run_that_a_script_had_any_part_in_is_known_in_the_list_by_the_script_s_name() -> None:
    shown = _shown([draw_runs([_stored(models=HALF)])])
    assert [line.split()[-1] for line in shown.splitlines()[1:]] == ["openai:small", "scripted:expert"]
    assert "scripted" not in _shown([draw_runs([_stored(models={"agent": "openai:small"})])])


def test_a_run_names_the_roles_that_scripts_played() -> None:
    assert _shown(draw_run(_stored(models=HALF))).endswith("(scripted expert)")
    assert "(scripted" not in _shown(draw_run(_stored(models={"agent": "openai:small"})))


def test_a_failed_episode_shows_the_first_line_of_its_reason() -> None:
    failed = _row(outcome="environment_error", error="the server died\nTraceback ...")
    shown = _shown(draw_run(_stored(failed, models=HALF)))
    assert "01234567   the server died\n" in shown
    assert "Traceback" not in shown


def test_an_unfinished_episode_shows_how_far_it_came() -> None:
    shown = _shown(draw_run(_stored(_row(step_count=3, call_count=1), models=HALF)))
    assert "01234567   unfinished after 3 steps, 1 call, 0 consultations\n" in shown


def test_an_episode_that_ended_well_needs_no_reason() -> None:
    assert _shown(draw_run(_stored(_row(outcome="complete"), models=HALF))).count("01234567") == 1
