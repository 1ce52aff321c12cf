"""``awm-langgraph counterfactual``: what each piece of advice was worth."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from awm_langgraph.cli import interruption, options
from awm_langgraph.cli.resume import admit_scenarios

if TYPE_CHECKING:
    from awm_langgraph.cli.finding import Found
    from awm_langgraph.rollout.worth import Worth


def counterfactual(
    name: Annotated[str, typer.Argument(metavar="EPISODE|RUN", help="Whose consultations.", show_default=False)],
    repeat: Annotated[
        int, typer.Option("--repeat", metavar="N", min=1, help="Continuations with the advice, and as many without.")
    ] = 5,
    concurrency: Annotated[
        int, typer.Option("--concurrency", metavar="N", min=1, help="Continuations at the same time.")
    ] = 4,
    sandbox: options.Sandbox = None,
    runtime: options.Runtime = None,
    out: options.Out = None,
    config: options.Config = None,
    as_json: options.AsJson = False,
) -> None:
    """Continue episodes from right before each consultation, with the advice and without, and compare.

    The advice is used again word for word, and after it the agent is left to itself both times, so that this one
    advice is all that differs. The continuations are kept in the run; whatever is there already is not made again.
    """
    from awm_langgraph.cli.drawing.worth_table import draw_worth
    from awm_langgraph.cli.finding import find_run_or_episode
    from awm_langgraph.cli.terminal import notices, results, show, write_json
    from awm_langgraph.settings import use_settings

    settings = options.load_settings(config, runs_dir=out, sandbox=sandbox, runtime=runtime)
    with use_settings(settings):
        found = interruption.run(find_run_or_episode(settings.runs_dir.absolute(), name))
        admit_scenarios(found.episodes)
        try:
            worth = _weigh(found, repeat, concurrency)
        except KeyboardInterrupt:
            notices().print("interrupted: finished continuations are kept; the same command goes on with the others")
            raise
    if as_json:
        write_json([one.model_dump(mode="json") for one in worth])
    else:
        show(results(), draw_worth(worth))


def _weigh(found: Found, repeats: int, concurrency: int) -> list[Worth]:
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    from awm_langgraph.cli.terminal import notices

    console = notices()
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        bar = progress.add_task("continuations", total=None)

        async def weigh() -> list[Worth]:
            from awm_langgraph.rollout.counterfactual import weigh_advice
            from awm_langgraph.rollout.run import reopen_run

            async with reopen_run(found.folder) as run:
                return await weigh_advice(
                    run,
                    [row.episode_id for row in found.episodes if not found.is_run or not row.forked_from],
                    repeats=repeats,
                    concurrency=concurrency,
                    on_progress=lambda done, total: progress.update(bar, completed=done, total=total),
                )

        return interruption.run(weigh())
