"""``scripted:solver``: does what the reference solution says."""

from __future__ import annotations

from langchain_core.messages import AIMessage

from awm_langgraph.models.scripted.situation import Situation, count_latest_failures, count_successes

_TRIES_PER_CALL = 2


def respond(situation: Situation) -> AIMessage:
    """Make the next reference call; after the last one, or two failures of one, give the final answer."""
    attempts = situation.attempts()
    done = count_successes(attempts)
    calls = situation.solution.calls
    if done < len(calls) and count_latest_failures(attempts) < _TRIES_PER_CALL:
        return situation.call(calls[done].tool, calls[done].arguments)
    return AIMessage(situation.solution.final_answer or "Done.")
