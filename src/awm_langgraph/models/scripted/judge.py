"""``scripted:judge``: grades by the calls alone; it looks at no evidence, so it is no measure of anything."""

from __future__ import annotations

import json

from langchain_core.messages import AIMessage

from awm_langgraph.models.scripted.advice import remaining
from awm_langgraph.models.scripted.situation import Situation
from awm_langgraph.models.scripted.transcript import succeeded_calls


def respond(situation: Situation) -> AIMessage:
    """Call an episode complete if every call of the reference solution succeeded in it, else incomplete."""
    calls = situation.solution.calls
    left = remaining(calls, succeeded_calls(situation))
    missing = ", ".join(call.tool for call in left)
    answer = {
        "reasoning": f"scripted: {len(calls) - len(left)} of {len(calls)} reference calls succeeded"
        + (f"; without success: {missing}" if missing else ""),
        "classification": "incomplete" if left else "complete",
        "confidence_score": 1.0,
    }
    return AIMessage(json.dumps(answer))
