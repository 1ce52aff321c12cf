"""``awm-langgraph demo``: one task without and with the expert, side by side."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Mapping
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

from awm_langgraph.cli import interruption, options

if TYPE_CHECKING:
    from awm_langgraph.agent import EpisodeContext
    from awm_langgraph.cli.drawing.comparison import Side
    from awm_langgraph.cli.terminal import Waiting
    from awm_langgraph.episode import Provenance, Task
    from awm_langgraph.rollout.folders import RunFolder

SCENARIO, TASK_IDX, SEED = "workflow_automation", 6, 0
"""With this seed the scripted novice fails this task alone and does it when it is helped."""

_WIDEST = 170
_NEXT = "try next: awm-langgraph run support_desk --task 4, and then the same with --agent PROVIDER:MODEL of your own"


def demo(out: options.Out = None) -> None:
    """Run one bundled task without and with the expert, side by side. Needs no key and no network.

    Both parts are played by scripts, not by models.
    """
    from awm_langgraph.catalog import Catalog
    from awm_langgraph.cli.opening import admit_scenario
    from awm_langgraph.cli.terminal import Waiting, notices, results, show
    from awm_langgraph.settings import use_settings

    console = results(widest=_WIDEST)
    waiting = Waiting(console, "starting")
    runs = nullcontext(str(out)) if out else tempfile.TemporaryDirectory(prefix="awm-demo-")
    try:
        # the folder is the settings' too: what episodes have in common is kept there as well
        with runs as folder, use_settings(options.load_settings(runs_dir=Path(folder))), waiting:
            catalog = Catalog.open("bundled")
            admit_scenario(catalog, SCENARIO)
            task = catalog.task(SCENARIO, TASK_IDX)
            alone, helped = interruption.run(_play_both(task, Path(folder).absolute(), waiting))
    except KeyboardInterrupt:
        notices().print("interrupted: the demo is unfinished")
        raise
    from awm_langgraph.cli.drawing.comparison import draw_comparison
    from awm_langgraph.cli.drawing.ending import record_line

    show(console, draw_comparison(alone, helped, width=console.width))
    if out:
        show(console, (record_line(side.folder) for side in (alone, helped)))
    console.print(f"\n{_NEXT}", soft_wrap=True)


class Recording:
    """An audience that keeps what it sees, so that two episodes at the same time can be drawn one beside the other."""

    def __init__(self, title: str, waiting: Waiting) -> None:
        self.title = title
        self.events: list[Mapping[str, Any]] = []
        self._waiting = waiting

    def opened(self, task: Task, provenance: Provenance, run: RunFolder) -> None:
        """See ``Audience``."""

    def saw(self, event: Mapping[str, Any]) -> None:
        """See ``Audience``."""
        self.events.append(event)
        if event["type"] == "turn":
            self._waiting.say(f"{self.title}: {'answering' if event['is_final'] else 'step ' + str(event['step'])}")


async def _play_both(task: Task, runs: Path, waiting: Waiting) -> tuple[Side, Side]:
    """Play the task twice at the same time."""
    from awm_langgraph.agent import EpisodeContext
    from awm_langgraph.models import ModelChoice

    novice, expert = ModelChoice(model="scripted:novice"), ModelChoice(model="scripted:expert")
    return await asyncio.gather(
        _play("without the expert", task, EpisodeContext(agent=novice, expert_kind="none", seed=SEED), runs, waiting),
        _play("with the expert", task, EpisodeContext(agent=novice, expert=expert, seed=SEED), runs, waiting),
    )


async def _play(title: str, task: Task, context: EpisodeContext, runs: Path, waiting: Waiting) -> Side:
    from awm_langgraph.cli.drawing.comparison import Side
    from awm_langgraph.cli.live import play

    recording = Recording(title, waiting)
    played = await play(task, context, runs, recording)
    return Side(title, tuple(recording.events), played.trajectory, played.folder)
