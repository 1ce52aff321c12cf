"""``scripted:expert``: tells what is left of the reference solution, in the form an expert's prompts ask for."""

from __future__ import annotations

import json

from langchain_core.messages import AIMessage

from awm_langgraph.models.scripted.advice import remaining
from awm_langgraph.models.scripted.situation import Situation
from awm_langgraph.models.scripted.transcript import last_ending, succeeded_calls

_SPECIALISTS = {"ok": "planning"} | dict.fromkeys(("tool_not_found", "invalid_args", "invalid_action"), "formatting")


def respond(situation: Situation) -> AIMessage:
    """Answer one JSON object that serves every question: what must hold, who should help, and what to do now."""
    solution = situation.solution
    holds = [f"{call.tool} has taken effect with {json.dumps(call.arguments)}" for call in solution.calls]
    if solution.final_answer:
        holds.append(f"the final answer is: {solution.final_answer}")
    answer = {
        "criteria": holds,
        "specialist": _SPECIALISTS.get(last_ending(situation), "recovery"),
        "plan": [
            {"tool": call.tool, "arguments": call.arguments, "why": "it has not succeeded yet"}
            for call in remaining(solution.calls, succeeded_calls(situation))
        ],
        "must_hold": holds,
        "final_answer": solution.final_answer,
        "pitfalls": ["Write tool names and argument types exactly as they are here."],
        "notes": "scripted advice",
    }
    return AIMessage(json.dumps(answer))
