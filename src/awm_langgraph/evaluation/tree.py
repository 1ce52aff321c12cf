"""An episode as a tree, made of its trajectory alone: what LangSmith shows, without LangSmith."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from awm_langgraph.episode import ConsultationRecord, ToolOutcome, Trajectory

_LONGEST_TEXT = 90
Branch = tuple[str, list[str]]
"""What happened, and what belongs to it."""


def trace_tree(trajectory: Trajectory | Mapping[str, Any]) -> str:
    """Draw an episode, given in JSON form or not: its steps with their calls, the help after each, and its end."""
    if not isinstance(trajectory, Trajectory):
        trajectory = Trajectory.model_validate(dict(trajectory))
    lines = [f"episode {trajectory.task.key}  {trajectory.provenance.condition}", _short(trajectory.task.instruction)]
    branches = [
        ("before the first step", [line for one in _help_after(trajectory, 0) for line in _consultation(one)]),
        *(_step(trajectory, number) for number in range(1, trajectory.steps + 1)),
        _ending(trajectory),
    ]
    return "\n".join([*lines, *_drawn([one for one in branches if one[1]])])


def _step(trajectory: Trajectory, number: int) -> Branch:
    calls = [line for one in trajectory.calls if one.step == number for line in _call(one)]
    return f"step {number}", calls + [line for one in _help_after(trajectory, number) for line in _consultation(one)]


def _help_after(trajectory: Trajectory, step: int) -> Iterable[ConsultationRecord]:
    return (one for one in trajectory.consultations if one.step == step)


def _call(call: ToolOutcome) -> Iterator[str]:
    changed = ", database changed" if call.changed else ""
    yield _short(f"{call.kind}{changed}: {_signature(call.name, call.arguments)}")
    if call.is_error:
        yield "  " + _short(call.text)


def _consultation(record: ConsultationRecord) -> Iterator[str]:
    yield _short(f"expert ({record.trigger}): {record.reason}")
    for step in record.advice.plan:
        yield "  " + _short(f"advice: {_signature(step.tool, step.arguments)}")
    if record.error:
        yield "  " + _short(record.error)


def _ending(trajectory: Trajectory) -> Branch:
    lines = [_short(f"answer: {trajectory.final_answer}")] if trajectory.final_answer else []
    reward = trajectory.reward
    if reward and reward.environment is not None:
        lines.append(f"reward {reward.environment:g}, shaped {reward.shaped:g}, {reward.pattern}")
    return f"verdict: {trajectory.verdict.outcome}", lines or [trajectory.stop_reason]


def _drawn(branches: list[Branch]) -> Iterator[str]:
    for number, (title, lines) in enumerate(branches, start=1):
        corner, edge = ("└─ ", "   ") if number == len(branches) else ("├─ ", "│  ")
        yield corner + title
        yield from (f"{edge}   {line}" for line in lines)


def _signature(name: str, arguments: dict[str, Any]) -> str:
    told = ", ".join(f"{key}={json.dumps(value, ensure_ascii=False)}" for key, value in arguments.items())
    return f"{name}({told})"


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _LONGEST_TEXT else line[: _LONGEST_TEXT - 1] + "…"
