"""``scripted:expert``: tells what is left of the reference solution, in the form an expert's prompts ask for."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from langchain_core.messages import AIMessage

from awm_langgraph.episode import Call
from awm_langgraph.models.scripted.advice import remaining
from awm_langgraph.models.scripted.situation import Situation

_SUCCESS = re.compile(r"^\[step \d+\] (?P<tool>\S+) (?P<arguments>\{.*\}) -> ok\b", re.MULTILINE)
"""A call that succeeded, as the expert's prompt lists it: ``[step 3] create_trigger {"workflow_id": 4} -> ok``."""


def respond(situation: Situation) -> AIMessage:
    """Answer one JSON object that serves both questions an expert is asked: what must hold, and what to do now."""
    solution = situation.solution
    made = [call for message in situation.messages for call in _succeeded_calls(str(message.text))]
    holds = [f"{call.tool} has taken effect with {json.dumps(call.arguments)}" for call in solution.calls]
    if solution.final_answer:
        holds.append(f"the final answer is: {solution.final_answer}")
    answer = {
        "criteria": holds,
        "plan": [
            {"tool": call.tool, "arguments": call.arguments, "why": "it has not succeeded yet"}
            for call in remaining(solution.calls, made)
        ],
        "must_hold": holds,
        "final_answer": solution.final_answer,
        "pitfalls": ["Write tool names and argument types exactly as they are here."],
        "notes": "scripted advice",
    }
    return AIMessage(json.dumps(answer))


def _succeeded_calls(text: str) -> Iterator[Call]:
    for line in _SUCCESS.finditer(text):
        try:
            arguments = json.loads(line["arguments"])
        except ValueError:
            continue
        yield Call(tool=line["tool"], arguments=arguments)
