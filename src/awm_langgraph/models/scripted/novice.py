"""``scripted:novice``: begins well, makes one typical mistake, and needs advice to get past it."""

from __future__ import annotations

from collections.abc import Sequence

from langchain_core.messages import AIMessage

from awm_langgraph.episode import Call
from awm_langgraph.models.scripted.advice import ReadAdvice, read_advice, remaining
from awm_langgraph.models.scripted.mistakes import VARIATIONS, Mistake, choose_mistake, is_work, mistaken_call
from awm_langgraph.models.scripted.situation import (
    ASK_EXPERT,
    Attempt,
    Situation,
    count_latest_failures,
    count_successes,
)

_TRIES_PER_CALL = 2


def respond(situation: Situation) -> AIMessage:
    """Follow the latest advice there is; without any, work on to the mistake and fail at it."""
    advised = situation.latest_advice()
    if advised:
        position, text = advised
        advice = read_advice(text)
        if not advice.is_empty:
            return _follow(advice, position, situation)
    return _go_alone(choose_mistake(situation), situation)


def _follow(advice: ReadAdvice, given_at: int, situation: Situation) -> AIMessage:
    attempts = situation.attempts()
    since = [attempt for attempt in attempts if attempt.position > given_at]
    # Work that is done already is not done twice; what was only looked at may have changed.
    settled = [one.call for one in attempts if one.succeeded and (one in since or is_work(one.call))]
    left = remaining(advice.plan, settled)
    if not left:
        return AIMessage(advice.final_answer or "Done.")
    if count_latest_failures(since) >= _TRIES_PER_CALL:
        return _give_up(left[0])
    return situation.call(left[0].tool, left[0].arguments)


def _go_alone(mistake: Mistake | None, situation: Situation) -> AIMessage:
    attempts = situation.attempts()
    plan = _own_plan(mistake, situation.solution.calls)
    done = count_successes(attempts)
    if done >= len(plan):
        return _stop(mistake, attempts, situation)
    failures = count_latest_failures(attempts)
    if mistake and mistake.is_refused and mistake.position == done:
        if failures >= VARIATIONS:
            return _give_up(plan[done])
        wrong = mistaken_call(mistake, plan[done], situation.tools, failures)
        return situation.call(wrong.tool, wrong.arguments)
    if failures >= _TRIES_PER_CALL:
        return _give_up(plan[done])
    return situation.call(plan[done].tool, plan[done].arguments)


def _own_plan(mistake: Mistake | None, calls: Sequence[Call]) -> Sequence[Call]:
    """List the calls the novice means to make: some are missing when it skips one or stops early."""
    if mistake and mistake.kind == "skipped_step":
        return [*calls[: mistake.position], *calls[mistake.position + 1 :]]
    if mistake and mistake.kind == "early_stop":
        return calls[: mistake.position]
    return calls


def _stop(mistake: Mistake | None, attempts: Sequence[Attempt], situation: Situation) -> AIMessage:
    may_ask = ASK_EXPERT in situation.tools and not situation.has_asked_expert
    if mistake and mistake.kind == "early_stop" and may_ask:
        question = f"I have made {len(attempts)} call(s) and do not know how to go on. What is left to do?"
        return situation.call(ASK_EXPERT, {"question": question})
    return AIMessage("Done.")


def _give_up(call: Call) -> AIMessage:
    return AIMessage(f"I could not finish: I did not get {call.tool} to work.")
