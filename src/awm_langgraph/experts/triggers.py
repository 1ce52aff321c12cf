"""When the expert is brought in: pure functions over what an agent did, the same for the graph and for any agent."""

from __future__ import annotations

import json

from pydantic import Field

from awm_langgraph.episode import ToolOutcome, Trigger, Value


class Triggers(Value):
    """What brings the expert in, besides the agent's own question, and how often at most."""

    max_consultations: int = Field(3, ge=0)
    escalate_on_error: bool = True
    stall_steps: int = Field(5, ge=1)


class History(Value):
    """What an agent did so far; ``advised_at`` are the steps after which somebody spoke to it."""

    steps: int
    calls: tuple[ToolOutcome, ...] = ()
    advised_at: tuple[int, ...] = ()


class Counters(Value):
    """What a decision rests on. ``errors`` are the last step's, ``idle_steps`` those in a row without progress."""

    is_asked: bool
    consultations: int
    errors: tuple[str, ...]
    idle_steps: int


class Escalation(Value):
    """Why the expert is brought in."""

    trigger: Trigger
    reason: str


def escalation(counters: Counters, triggers: Triggers) -> Escalation | None:
    """Say why the expert should be brought in now, or answer None.

    An agent's own question comes first, also one beyond the budget: it has to be answered. Then an error of the last
    step, then a stall: ``stall_steps`` steps in a row without progress.
    """
    if counters.is_asked:
        return Escalation(trigger="agent", reason="the agent asked")
    if counters.consultations >= triggers.max_consultations:
        return None
    if counters.errors and triggers.escalate_on_error:
        return Escalation(trigger="error", reason=f"the last step met an error: {', '.join(counters.errors)}")
    if counters.idle_steps >= triggers.stall_steps:
        return Escalation(trigger="stall", reason=f"{counters.idle_steps} steps without progress")
    return None


def errors_of_last_step(history: History) -> tuple[str, ...]:
    """Name the agent's failed calls of the step just made, unless advice was already given for it."""
    if history.steps in history.advised_at:
        return ()
    failed = (call for call in history.calls if call.step == history.steps and call.is_error)
    return tuple(f"{call.name or 'the turn'}: {call.kind}" for call in failed if not call.is_infrastructure)


def idle_steps(history: History) -> int:
    """Count the steps since the start, the last advice or the last step that made progress.

    A step makes progress when one of its calls changed the database or brought an answer that the same call had not
    brought before, so that reading page after page, or polling until a status changes, is no stall.
    """
    seen: set[tuple[str, str, str]] = set()
    progressed = max(history.advised_at, default=0)
    for call in history.calls:
        answer = (call.name, json.dumps(call.arguments, sort_keys=True), call.text)
        if not call.is_error and (call.changed or answer not in seen):
            progressed = max(progressed, call.step)
        seen.add(answer)
    return history.steps - progressed
