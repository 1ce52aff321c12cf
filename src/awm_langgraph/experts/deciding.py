"""Is help brought up now, and what follows? One pure function for the graph, the middleware and any other agent."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from awm_langgraph.episode import Decision, Trigger, Value
from awm_langgraph.experts import triggers
from awm_langgraph.experts.policy import Policy, PolicyReaction
from awm_langgraph.experts.triggers import History, Spent
from awm_langgraph.models.writing import one_line_json, shorten

Place = Literal["after_agent", "after_tools"]
"""Where a decision is made: on a turn of the agent's before anything came of it, or once its calls are answered."""

_CALL_LIMIT_CHARACTERS = 300

_Occasion = tuple[Trigger, PolicyReaction, str]
"""A reason to bring help up: whose, what the policy would have follow, and the reason in words."""


class Situation(Value):
    """What a decision rests on, all of it counted from records with the filters of the policy.

    ``is_asking``: the latest turn puts a question to the expert that nobody answered; ``has_calls``: it also calls
    something else. ``errors`` are the failed calls of the last step. ``irreversible`` are the proposed calls that
    cannot be undone, ``is_finishing`` is the wish to finish; neither is there once it was brought up.
    ``steps_since_consultation`` is None where there was no consultation.
    """

    place: Place
    step: int
    tries: int = 0
    is_asking: bool = False
    has_calls: bool = False
    errors: tuple[str, ...] = ()
    errors_in_a_row: int = 0
    idle_steps: int = 0
    repeated_calls: int = 0
    malformed_turns: int = 0
    unchanged_steps: int = 0
    steps_since_advice: int = 0
    confidence: float | None = None
    irreversible: tuple[str, ...] = ()
    is_finishing: bool = False
    spent: Spent = Spent()
    steps_since_consultation: int | None = None


def situation_of(history: History, policy: Policy, *, place: Place, is_asking: bool) -> Situation:
    """Count what a decision rests on; ``is_asking``: the agent's latest turn holds a question that nobody answered."""
    return Situation(
        place=place,
        step=history.steps,
        tries=triggers.tries(history),
        is_asking=is_asking,
        has_calls=history.turn.has_calls,
        errors=triggers.errors_of_last_step(history, policy.error_kinds),
        errors_in_a_row=triggers.errors_in_a_row(history, policy.error_kinds),
        idle_steps=triggers.idle_steps(history),
        repeated_calls=triggers.repeated_calls(history),
        malformed_turns=triggers.malformed_turns(history),
        unchanged_steps=triggers.unchanged_steps(history),
        steps_since_advice=triggers.steps_since_advice(history),
        confidence=history.turn.confidence,
        irreversible=tuple(
            shorten(f"{call.tool} {one_line_json(call.arguments)}", _CALL_LIMIT_CHARACTERS)
            for call in triggers.irreversible_calls(history, policy.irreversible_tools)
        ),
        is_finishing=triggers.is_unchecked_finish(history),
        spent=triggers.spent(history),
        steps_since_consultation=triggers.steps_since_consultation(history),
    )


def decide(situation: Situation, policy: Policy) -> Decision | None:
    """Say what follows now and why, or None where there is no reason to bring help up.

    The agent's own question goes first and is answered or refused. Then, as far as the policy has a reaction to it: an
    error, a stall, low confidence (once a step's calls are answered), an irreversible call, the wish to finish (before
    anything comes of the agent's turn). What would come before the agent's first try, beyond a budget or during the
    cooldown is refused; the reason says so.
    """
    occasions = _after_agent if situation.place == "after_agent" else _after_tools
    occasion = next((one for one in occasions(situation, policy) if one[1] != "off"), None)
    if occasion is None:
        return None
    trigger, reaction, reason = occasion
    if objection := _objection(situation, policy):
        because = objection if trigger == "agent" else f"{reason}; no help: {objection}"
        return Decision(step=situation.step, trigger=trigger, reaction="refuse", reason=because)
    return Decision(step=situation.step, trigger=trigger, reaction=reaction, reason=reason)


class Counter(Value):
    """How far something has come, and where help is brought up over it; None where it never is."""

    count: int
    limit: int | None


def counters_of(situation: Situation, policy: Policy) -> dict[str, Counter]:
    """Set what was counted beside the policy's limits, by the names of its fields."""
    stall, error = policy.on_stall != "off", policy.on_error != "off"
    measured = {
        "errors_in_a_row": (situation.errors_in_a_row, policy.errors_in_a_row if error else None),
        "stall_steps": (situation.idle_steps, policy.stall_steps if stall else None),
        "repeated_calls": (situation.repeated_calls, policy.repeated_calls if stall else None),
        "malformed_turns": (situation.malformed_turns, policy.malformed_turns if stall else None),
        "unchanged_steps": (situation.unchanged_steps, policy.unchanged_steps if stall else None),
        "steps_since_advice": (situation.steps_since_advice, policy.steps_since_advice if stall else None),
        "max_consultations": (situation.spent.consultations, policy.max_consultations),
    }
    return {name: Counter(count=count, limit=limit) for name, (count, limit) in measured.items()}


def seconds_left(history: History, policy: Policy) -> float | None:
    """Say how long a consultation may take; None where nothing limits it."""
    if policy.max_expert_seconds is None:
        return None
    return max(0.0, policy.max_expert_seconds - triggers.spent(history).seconds)


def _after_agent(situation: Situation, policy: Policy) -> Iterator[_Occasion]:
    if situation.is_asking and not situation.has_calls:
        yield "agent", "route", "the agent asked"  # a question beside calls waits until they are made
    if situation.irreversible:
        # Who asks already needs no hint that it may.
        is_hint_needless = policy.on_irreversible == "nudge" and situation.is_asking
        reaction: PolicyReaction = "route" if is_hint_needless else policy.on_irreversible
        yield "irreversible", reaction, f"this cannot be undone: {', '.join(situation.irreversible)}"
    if situation.is_finishing:
        yield "finish", policy.on_finish, "the agent is about to finish"


def _after_tools(situation: Situation, policy: Policy) -> Iterator[_Occasion]:
    if situation.is_asking:
        yield "agent", "route", "the agent asked"
    if situation.errors and situation.errors_in_a_row >= policy.errors_in_a_row:
        yield "error", policy.on_error, _error(situation)
    if stall := next(_stalls(situation, policy), None):
        yield "stall", policy.on_stall, stall
    if situation.confidence is not None and situation.confidence < policy.min_confidence:
        yield "confidence", policy.on_low_confidence, f"the agent is only {situation.confidence:.0%} sure"


def _error(situation: Situation) -> str:
    named = ", ".join(situation.errors)
    if situation.errors_in_a_row == 1:
        return f"the last step met an error: {named}"
    return f"the last {situation.errors_in_a_row} steps met errors: {named}"


def _stalls(situation: Situation, policy: Policy) -> Iterator[str]:
    measures = (
        (situation.malformed_turns, policy.malformed_turns, "turns in a row were empty or could not be read"),
        (situation.repeated_calls, policy.repeated_calls, "times in a row the same call brought the same answer"),
        (situation.idle_steps, policy.stall_steps, "steps without progress"),
        (situation.unchanged_steps, policy.unchanged_steps, "steps without a change of the database"),
        (situation.steps_since_advice, policy.steps_since_advice, "steps since the start or the last advice"),
    )
    return (f"{count} {words}" for count, limit, words in measures if limit is not None and count >= limit)


def _objection(situation: Situation, policy: Policy) -> str:
    """Say why there is no help now, whatever the reason for it; empty where there may be."""
    if not situation.tries and not policy.allow_before_first_try:
        return "nothing was tried yet"
    return spent_budget(situation.spent, policy) or _cooldown(situation, policy)


def spent_budget(spent: Spent, policy: Policy) -> str:
    """Say which budget leaves nothing for another consultation; empty where none does."""
    if spent.consultations >= policy.max_consultations:
        return f"all {policy.max_consultations} consultations are used"
    if policy.max_expert_tokens is not None and spent.tokens >= policy.max_expert_tokens:
        return f"the expert's {policy.max_expert_tokens} tokens are used ({spent.tokens})"
    if policy.max_expert_seconds is not None and spent.seconds >= policy.max_expert_seconds:
        return f"the expert's {policy.max_expert_seconds:g} seconds are used ({spent.seconds:.1f})"
    return _spent_money(spent, policy)


def _spent_money(spent: Spent, policy: Policy) -> str:
    if policy.max_expert_cost_usd is None:
        return ""
    if spent.cost_usd is None:
        return "what the expert has cost so far is not known"
    if spent.cost_usd >= policy.max_expert_cost_usd:
        return f"the expert's {policy.max_expert_cost_usd:g} US dollars are used ({spent.cost_usd:.4f})"
    return ""


def _cooldown(situation: Situation, policy: Policy) -> str:
    since = situation.steps_since_consultation
    if since is None or since >= policy.cooldown_steps:
        return ""
    return f"only {since} of {policy.cooldown_steps} steps have passed since the last consultation"
