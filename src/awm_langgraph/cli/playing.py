"""Show episodes as they are played, ask the person at the terminal what they wait for, and tell how they ended."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Iterable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from awm_langgraph.cli import interruption
from awm_langgraph.cli.answering import ask_person, is_somebody_there, show_question
from awm_langgraph.errors import AwmError, UsageError

if TYPE_CHECKING:
    from awm_langgraph.cli.live import Played
    from awm_langgraph.cli.screen import Screen
    from awm_langgraph.rollout.waiting import EpisodeWaitsError

Work = Callable[["Screen"], Coroutine[Any, Any, "Played"]]
"""Makes or continues an episode before a screen."""

_FAILURES = frozenset({"model_error", "content_filter", "environment_error", "timeout", "judge_error"})


def play_on(work: Work, *, as_json: bool, out: Path | None) -> Played:
    """Show an episode as it goes on, asking the person at the terminal, if there is one, whatever it waits for.

    ``out`` is the folder of the runs, where the user named it.

    Raises:
        EpisodeWaitsError: nobody is there to be asked; the question has been shown.
    """
    from awm_langgraph.rollout.waiting import EpisodeWaitsError

    try:
        return _shown(work, as_json)
    except EpisodeWaitsError as waits:
        if not is_somebody_there():
            show_question(waits)
            raise waits if out is None else waits.kept_in(out) from None
        return _with_person(waits, as_json)


def tell(played: Iterable[Played], *, as_json: bool, is_many: bool, failures: Sequence[AwmError] = ()) -> None:
    """Print the documents, if they are wanted, and exit with 1 where something failed.

    ``failures`` are what kept other episodes from going on: each is told in a line, and the exit is 2 where the
    user can mend one of them.
    """
    from awm_langgraph.cli.summary import summary_of
    from awm_langgraph.cli.terminal import complain, write_json

    ended = list(played)
    documents = [summary_of(one.trajectory, run_id=one.run_id, folder=one.folder) for one in ended]
    if as_json:
        write_json(documents if is_many else documents[0])
    for failure in failures:
        complain(str(failure))
    if any(isinstance(failure, UsageError) for failure in failures):
        raise typer.Exit(2)
    if failures or any(one.trajectory.verdict.outcome in _FAILURES for one in ended):
        raise typer.Exit(1)


def _with_person(waits: EpisodeWaitsError, as_json: bool) -> Played:
    """Ask until the episode ends; an answer that will not do is asked for again, with the complaint."""
    from awm_langgraph.cli.finding import find_episode
    from awm_langgraph.cli.going_on import resume
    from awm_langgraph.rollout.waiting import EpisodeWaitsError
    from awm_langgraph.settings import current_settings

    found = interruption.run(find_episode(current_settings().runs_dir.absolute(), waits.episode_id))
    while True:
        work = partial(resume, found.folder, waits.episode_id, answer=ask_person(waits))
        try:
            return _shown(work, as_json)
        except EpisodeWaitsError as again:
            waits = again


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
