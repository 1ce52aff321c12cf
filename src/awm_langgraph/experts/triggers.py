"""What an agent did and how it is getting on: pure counting, the same for the graph and for any agent."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterator, Sequence
from fnmatch import fnmatchcase
from itertools import takewhile

from awm_langgraph.episode import (
    Call,
    CallKind,
    ConsultationRecord,
    Decision,
    ToolOutcome,
    Usage,
    Value,
)
from awm_langgraph.experts.policy import ERROR_KINDS


class Turn(Value):
    """What the agent's latest turn says: the calls it proposes, whether it is a final answer, and how sure it is.

    ``has_calls`` is true also of a call that cannot be read. A question to the expert is no call. ``confidence`` is the
    agent's own, from 0 to 1; None where it named none.
    """

    calls: tuple[Call, ...] = ()
    has_calls: bool = False
    is_final: bool = False
    confidence: float | None = None


class History(Value):
    """What an agent did so far, and what was said to it.

    Steps are counted from 1; ``began_at`` is the step before the first of the present request, whose records
    ``consultations`` and ``decisions`` are. ``calls`` may reach further back. ``held`` are the calls that were held
    back since the last one was made. ``spoken_at`` are further steps after which somebody spoke to the agent.
    """

    steps: int
    calls: tuple[ToolOutcome, ...] = ()
    consultations: tuple[ConsultationRecord, ...] = ()
    decisions: tuple[Decision, ...] = ()
    turn: Turn = Turn()
    held: tuple[Call, ...] = ()
    spoken_at: tuple[int, ...] = ()
    began_at: int = 0


class Spent(Value):
    """What the consultations have used; ``cost_usd`` is None where the cost of one of them is not known."""

    consultations: int = 0
    tokens: int = 0
    cost_usd: float | None = 0.0
    seconds: float = 0.0


def spent(history: History) -> Spent:
    """Add up what the request's consultations have used."""
    usage = sum((record.usage for record in history.consultations), Usage())
    return Spent(
        consultations=len(history.consultations),
        tokens=usage.tokens,
        cost_usd=usage.cost_usd,
        seconds=sum(record.latency_seconds for record in history.consultations),
    )


def tries(history: History) -> int:
    """Count the calls of the present request: one that failed too, but no look-up and no turn that called nothing."""
    return sum(call.step > history.began_at and bool(call.name) and not call.is_lookup for call in history.calls)


def steps_since_consultation(history: History) -> int | None:
    """Count the steps since the last consultation; None where there was none."""
    return min((history.steps - record.step for record in history.consultations), default=None)


def steps_since_advice(history: History) -> int:
    """Count the steps since the start or since somebody last spoke to the agent."""
    return history.steps - _last_spoken_at(history)


def errors_of_last_step(history: History, kinds: Collection[CallKind] = ERROR_KINDS) -> tuple[str, ...]:
    """Name the failed calls of the step just made, unless somebody spoke to the agent since."""
    failed = (call for call in _since_advice(history) if call.step == history.steps and call.kind in kinds)
    return tuple(f"{call.name or 'the turn'}: {call.kind}" for call in failed)


def errors_in_a_row(history: History, kinds: Collection[CallKind] = ERROR_KINDS) -> int:
    """Count the latest steps in a row that met an error; a look-up between them is no step."""
    return _steps_in_a_row(history, lambda calls: any(call.kind in kinds for call in calls))


def malformed_turns(history: History) -> int:
    """Count the latest turns in a row that were empty, or of which nothing could be read."""
    return _steps_in_a_row(history, lambda calls: all(call.kind == "invalid_action" for call in calls))


def idle_steps(history: History) -> int:
    """Count the steps since the start, the last advice or the last step that made progress.

    A step makes progress when one of its calls changed the database or brought an answer that the same call had not
    brought before, so that reading page after page, or polling until a status changes, is no stall.
    """
    seen: set[tuple[str, str, str]] = set()
    progressed = _last_spoken_at(history)
    for call in history.calls:
        answer = (call.name, json.dumps(call.arguments, sort_keys=True), call.text)
        if not call.is_error and (call.changed or answer not in seen):
            progressed = max(progressed, call.step)
        seen.add(answer)
    return history.steps - progressed


def repeated_calls(history: History) -> int:
    """Count how often in a row the last call was made with the same answer and no change of the database."""
    calls = list(_since_advice(history))
    if not calls or calls[-1].step != history.steps:
        return 0
    last = calls[-1]
    return sum(1 for _ in takewhile(lambda call: _is_repeat(call, last), reversed(calls)))


def unchanged_steps(history: History) -> int:
    """Count the steps since the start, the last advice or the last change of the database."""
    changed = (call.step for call in history.calls if call.changed)
    return history.steps - max((_last_spoken_at(history), *changed))


def irreversible_calls(history: History, patterns: Sequence[str]) -> tuple[Call, ...]:
    """List the calls of the latest turn that cannot be undone and were not held back a moment ago."""
    return tuple(
        call
        for call in history.turn.calls
        if any(fnmatchcase(call.tool, pattern) for pattern in patterns) and call not in history.held
    )


def is_unchecked_finish(history: History) -> bool:
    """Tell whether the agent wants to finish, and nobody has brought that up since the last call."""
    called_at = max((call.step for call in history.calls if not call.is_lookup), default=history.began_at)
    brought_up = (one.step for one in history.decisions if one.trigger == "finish" and one.reaction != "refuse")
    return history.turn.is_final and max(brought_up, default=-1) < called_at


def _last_spoken_at(history: History) -> int:
    """Find the step after which somebody last spoke to the agent."""
    consulted = (record.step for record in history.consultations)
    nudged = (decision.step for decision in history.decisions if decision.reaction == "nudge")
    return max((history.began_at, *consulted, *nudged, *history.spoken_at))


def _since_advice(history: History) -> Iterator[ToolOutcome]:
    since = _last_spoken_at(history)
    return (call for call in history.calls if call.step > since)


def _steps_in_a_row(history: History, is_one: Callable[[Sequence[ToolOutcome]], bool]) -> int:
    """Count the latest steps of a kind, without those that only looked something up; none unless the last one is."""
    steps: dict[int, list[ToolOutcome]] = {}
    for call in _since_advice(history):
        if call.is_error or not call.is_lookup:
            steps.setdefault(call.step, []).append(call)
    if history.steps not in steps:
        return 0
    return sum(1 for _ in takewhile(lambda step: is_one(steps[step]), sorted(steps, reverse=True)))


def _is_repeat(call: ToolOutcome, other: ToolOutcome) -> bool:
    same = (other.name, other.arguments, other.kind, other.text)
    return not call.changed and (call.name, call.arguments, call.kind, call.text) == same
