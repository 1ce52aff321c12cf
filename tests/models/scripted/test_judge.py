import json
from typing import Any

import pytest
from langchain_core.messages import HumanMessage

from awm_langgraph.episode import Solution
from awm_langgraph.models import ModelChoice, Script, chat_model

LISTED = "[step 1] list_workflows {} -> ok\n    []\n"
CREATED = '[step 2] create_trigger {"kind": "schedule", "workflow_id": 4} -> ok\n    {}\n'
ENABLED = '[step 3] enable_workflow {"workflow_id": 4} -> ok\n    {}\n'
REFUSED = ENABLED.replace("-> ok", "-> server_error")


def ruling_on(transcript: str, solution: Solution) -> dict[str, Any]:
    script = Script(task_key="workflow/0", seed=0, solution=solution)
    model = chat_model("judge", ModelChoice(model="scripted:judge"), script=script)
    answer: dict[str, Any] = json.loads(model.invoke([HumanMessage(f"Judge:\n{transcript}")]).text)
    return answer


def test_an_episode_in_which_every_reference_call_succeeded_is_complete(solution: Solution) -> None:
    assert ruling_on(LISTED + REFUSED + CREATED + ENABLED, solution) == {
        "reasoning": "scripted: 3 of 3 reference calls succeeded",
        "classification": "complete",
        "confidence_score": 1.0,
    }


@pytest.mark.parametrize("transcript", ["(no calls yet)", LISTED + CREATED, LISTED + CREATED + REFUSED])
def test_any_other_is_incomplete_and_says_what_is_missing(transcript: str, solution: Solution) -> None:
    ruling = ruling_on(transcript, solution)
    assert ruling["classification"] == "incomplete"
    assert ruling["reasoning"].startswith("scripted: ")
    assert ruling["reasoning"].endswith("enable_workflow")
