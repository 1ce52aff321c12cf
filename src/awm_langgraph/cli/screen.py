"""An episode's audience at a terminal."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console

from awm_langgraph.cli.drawing.ending import draw_costs, record_line
from awm_langgraph.cli.drawing.story import Story, draw_header
from awm_langgraph.cli.terminal import Waiting, notices, show
from awm_langgraph.cli.text import one_line
from awm_langgraph.episode import Provenance, Task, Trajectory

if TYPE_CHECKING:
    from awm_langgraph.rollout.folders import RunFolder


class Screen:
    """Draws the episode as it happens, or only says what is going on."""

    def __init__(self, console: Console, waiting: Waiting, *, is_drawing: bool) -> None:
        self._console = console
        self._waiting = waiting
        self._is_drawing = is_drawing
        self._story: Story | None = None
        self._run: RunFolder | None = None

    def opened(self, task: Task, provenance: Provenance, run: RunFolder) -> None:
        """Draw what begins; see ``Audience``."""
        self._run = run
        self._waiting.say("starting the environment")
        if self._is_drawing:
            self._story = Story(provenance.models)
            show(self._console, draw_header(task, provenance))

    def saw(self, event: Mapping[str, Any]) -> None:
        """Draw what happened; see ``Audience``."""
        self._waiting.say(_what_comes_next(event))
        if self._story:
            show(self._console, self._story.draw(event))

    def finished(self, trajectory: Trajectory, folder: Path) -> None:
        """Draw what the episode took and where its record is."""
        costs = draw_costs(
            steps=trajectory.steps,
            calls=trajectory.calls,
            consultations=len(trajectory.consultations),
            usage=trajectory.usage,
            latency_seconds=trajectory.latency_seconds,
        )
        show(self._console, (costs, record_line(folder)))

    def interrupted(self) -> None:
        """Tell on standard error what there is of an episode that the user ended."""
        record = f"its record so far is in {self._run.path}" if self._run else "nothing was recorded yet"
        notices().print(f"interrupted: the episode is unfinished; {one_line(record)}", soft_wrap=True)


def _what_comes_next(event: Mapping[str, Any]) -> str:
    if event["type"] == "verdict":
        return "closing"
    if event["type"] != "turn":
        return "the agent is thinking"
    if event["is_final"]:
        return "verifying"
    names = [call["name"] for call in event["message"]["data"]["tool_calls"]]
    return f"calling {', '.join(names)}" if names else "the agent is thinking"
