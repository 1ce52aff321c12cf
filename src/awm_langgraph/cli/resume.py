"""``awm-langgraph resume``: go on with what was interrupted, or answer what waits."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Iterable
from typing import TYPE_CHECKING, Annotated, Any

import typer

from awm_langgraph.cli import interruption, options
from awm_langgraph.cli.answering import ask_person, is_somebody_there, read_answer
from awm_langgraph.cli.run import FAILURES
from awm_langgraph.errors import UsageError

if TYPE_CHECKING:
    from awm_langgraph.cli.live import Played
    from awm_langgraph.cli.screen import Screen
    from awm_langgraph.rollout.folders import RunFolder
    from awm_langgraph.rollout.records import EpisodeRow
    from awm_langgraph.rollout.waiting import EpisodeWaitsError

Work = Callable[["Screen"], Coroutine[Any, Any, "Played"]]
"""Makes or continues an episode before a screen."""


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
    waits for a person is answered with --answer, or at the terminal.

    Exits with 1 where an outcome says nothing because something failed, as `run` does.
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
        if not unfinished:
            notify([f"every episode of {found.folder.run_id} is finished: nothing to resume"])
        if given is not None and len(unfinished) > 1:
            raise UsageError(f"--answer: expected one unfinished episode, found {len(unfinished)}: name one of them")
        admit_scenarios(unfinished)
        played = [_resume(found.folder, row.episode_id, given, as_json) for row in unfinished]
    tell(played, as_json=as_json, is_many=found.is_run)


def _resume(folder: RunFolder, episode_id: str, answer: Any, as_json: bool) -> Played:
    from awm_langgraph.cli.going_on import resume

    return play_on(lambda screen: resume(folder, episode_id, screen, answer=answer), folder, as_json)


def play_on(work: Work, folder: RunFolder, as_json: bool) -> Played:
    """Show an episode as it goes on, asking the person at the terminal, if there is one, whatever it waits for."""
    from awm_langgraph.rollout.waiting import EpisodeWaitsError

    try:
        return _shown(work, as_json)
    except EpisodeWaitsError as waits:
        if not is_somebody_there():
            raise
        return _resume_with_person(folder, waits, as_json)


def _resume_with_person(folder: RunFolder, waits: EpisodeWaitsError, as_json: bool) -> Played:
    """Ask until the answer will do; one that will not changes nothing."""
    from awm_langgraph.cli.terminal import notices
    from awm_langgraph.rollout.waiting import EpisodeWaitsError

    while True:
        try:
            return _resume(folder, waits.episode_id, ask_person(waits), as_json)
        except EpisodeWaitsError:
            raise
        except UsageError as error:
            notices().print(str(error), style="red")


def _shown(work: Work, as_json: bool) -> Played:
    from awm_langgraph.cli.screen import Screen
    from awm_langgraph.cli.terminal import Waiting, notices, results

    console = notices() if as_json else results()
    waiting = Waiting(console, "starting")
    screen = Screen(console, waiting, is_drawing=not as_json)
    try:
        with waiting:
            played = interruption.run(work(screen))
    except KeyboardInterrupt:
        screen.interrupted()
        raise
    if not as_json:
        screen.finished(played.trajectory, played.folder)
    return played


def tell(played: Iterable[Played], *, as_json: bool, is_many: bool) -> None:
    """Print the documents, if they are wanted, and exit with 1 where something failed."""
    from awm_langgraph.cli.summary import summary_of
    from awm_langgraph.cli.terminal import write_json

    ended = list(played)
    documents = [summary_of(one.trajectory, run_id=one.run_id, folder=one.folder) for one in ended]
    if as_json:
        write_json(documents if is_many else documents[0])
    if any(one.trajectory.verdict.outcome in FAILURES for one in ended):
        raise typer.Exit(1)


def admit_scenarios(rows: Iterable[EpisodeRow]) -> None:
    """Ask whether the code of these episodes' scenarios may run here; see ``admit_scenario``."""
    from awm_langgraph.cli.opening import admit_scenario, open_catalog

    for catalog, scenario in sorted({(row.task.catalog, row.task.scenario) for row in rows}):
        admit_scenario(open_catalog(catalog), scenario)
