"""Find what a command names: a run, or one episode of any run, by the first letters of its id."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from awm_langgraph.cli.stored import StoredRun, read_run, read_runs
from awm_langgraph.errors import UsageError
from awm_langgraph.rollout.folders import RunFolder, list_runs
from awm_langgraph.rollout.records import EpisodeRow


@dataclass(frozen=True)
class Found:
    """A run, and those of its episodes that were meant."""

    folder: RunFolder
    episodes: Sequence[EpisodeRow]
    is_run: bool


async def find_run_or_episode(runs_dir: Path, name: str | None) -> Found:
    """Find a run by its id, or an episode by the beginning of its; without a name, the latest run.

    Raises:
        UsageError: there is neither, several episodes begin so, or the run's store is damaged.
    """
    folders = list_runs(runs_dir)
    named = next((folder for folder in folders if folder.run_id == name), None)
    runs = [await read_run(named)] if named else await read_runs(folders)
    if name is not None and not named:
        return _episode_in(runs, name, runs_dir)
    if not runs:
        raise UsageError(f"expected a run in {runs_dir}, found none: make one or choose another folder with --out")
    return Found(runs[-1].folder, runs[-1].episodes, is_run=True)


async def find_episode(runs_dir: Path, name: str) -> Found:
    """Find one episode by the beginning of its id, or a run's only one by the run's.

    Raises:
        UsageError: there is none, or there are several.
    """
    found = await find_run_or_episode(runs_dir, name)
    own = [row for row in found.episodes if not row.forked_from] if found.is_run else found.episodes
    if len(own) != 1:
        raise UsageError(f"expected an episode, found the run {name} with {len(own)}: choose one of `runs show {name}`")
    return Found(found.folder, own, is_run=False)


def _episode_in(runs: Sequence[StoredRun], beginning: str, runs_dir: Path) -> Found:
    alike = [(run, row) for run in runs for row in run.episodes if row.episode_id.startswith(beginning)]
    exact = [(run, row) for run, row in alike if row.episode_id == beginning]
    chosen = exact or alike
    if len(chosen) > 1:
        raise UsageError(f"expected one episode's id, found {beginning!r}, which {len(chosen)} begin with: give more")
    if not chosen:
        raise UsageError(
            f"expected a run or an episode in {runs_dir}, found no {beginning!r} there: see `awm-langgraph runs list`"
        )
    ((run, row),) = chosen
    return Found(run.folder, [row], is_run=False)
