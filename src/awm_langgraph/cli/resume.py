"""``awm-langgraph resume``: go on with what was interrupted, or answer what waits."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from awm_langgraph.cli import interruption, options
from awm_langgraph.cli.answering import read_answer
from awm_langgraph.cli.playing import play_on, tell
from awm_langgraph.errors import AwmError, EpisodeError, UsageError

if TYPE_CHECKING:
    from awm_langgraph.cli.live import Played
    from awm_langgraph.rollout.folders import RunFolder
    from awm_langgraph.rollout.records import EpisodeRow


def resume(
    name: Annotated[
        str | None, typer.Argument(metavar="[RUN|EPISODE]", help="Default: the latest run.", show_default=False)
    ] = None,
    answer: Annotated[
        str | None, typer.Option("--answer", metavar="JSON|@FILE", help="What an episode that waits is answered.")
    ] = None,
    sandbox: options.Sandbox = None,
    runtime: options.Runtime = None,
    out: options.Out = None,
    config: options.Config = None,
    as_json: options.AsJson = False,
) -> None:
    """Go on with every unfinished episode of a run, or with one.

    Finished steps are not made again, and each episode keeps the models and the settings that it began with. One that
    waits for a person is answered with --answer, or at the terminal; the others go on meanwhile.

    Exits with 2 where an episode could not go on and you can mend it, and with 1 where it failed or an outcome says
    nothing because something failed, as `run` does.
    """
    from awm_langgraph.cli.finding import find_run_or_episode
    from awm_langgraph.cli.terminal import notify
    from awm_langgraph.settings import use_settings

    settings = options.load_settings(config, runs_dir=out, sandbox=sandbox, runtime=runtime)
    given = None if answer is None else read_answer(answer)
    with use_settings(settings):
        found = interruption.run(find_run_or_episode(settings.runs_dir.absolute(), name))
        unfinished = [row for row in found.episodes if not row.is_finished]
        if not unfinished and not found.is_run:
            raise UsageError(f"expected an unfinished episode, found {name} finished: fork it to go on from a step")
        if given is not None and len(unfinished) != 1:
            remedy = "name one of them" if unfinished else "nothing waits for it"
            raise UsageError(f"--answer: expected one unfinished episode, found {len(unfinished)}: {remedy}")
        if not unfinished:
            notify([f"every episode of {found.folder.run_id} is finished: nothing to resume"])
        admit = cache(_admit)
        played: list[Played] = []
        failures: list[AwmError] = []
        for row in unfinished:
            try:
                admit(row.task.catalog, row.task.scenario)
                played.append(_resume(found.folder, row.episode_id, given, as_json, out))
            except (UsageError, EpisodeError) as error:
                if not found.is_run:
                    raise
                failures.append(error)
    tell(played, as_json=as_json, is_many=found.is_run, failures=failures)


def _resume(folder: RunFolder, episode_id: str, answer: Any, as_json: bool, out: Path | None) -> Played:
    from awm_langgraph.cli.going_on import resume

    return play_on(lambda screen: resume(folder, episode_id, screen, answer=answer), as_json=as_json, out=out)


def admit_scenarios(rows: Iterable[EpisodeRow]) -> None:
    """Ask whether the code of these episodes' scenarios may run here; see ``admit_scenario``."""
    for catalog, scenario in sorted({(row.task.catalog, row.task.scenario) for row in rows}):
        _admit(catalog, scenario)


def _admit(catalog: str, scenario: str) -> None:
    from awm_langgraph.cli.opening import admit_scenario, open_catalog

    admit_scenario(open_catalog(catalog), scenario)
