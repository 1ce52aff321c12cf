import json
from typing import Any

import pytest
from langchain_core.messages import HumanMessage, SystemMessage

from awm_langgraph.episode import Advice, Solution
from awm_langgraph.models import ModelChoice, Script, chat_model


def answer_to(prompt: str, solution: Solution) -> dict[str, Any]:
    script = Script(task_key="workflow/0", seed=0, solution=solution)
    model = chat_model("expert", ModelChoice(model="scripted:expert"), script=script)
    answer: dict[str, Any] = json.loads(model.invoke([SystemMessage("You are the expert."), HumanMessage(prompt)]).text)
    return answer


def test_the_plan_is_what_has_not_succeeded_yet(solution: Solution) -> None:
    answer = answer_to(
        "What the agent did:\n"
        "[step 1] list_workflows {} -> ok\n    [{}]\n"
        '[step 2] create_trigger {"kind": "schedule", "workflow_id": 4} -> invalid_args\n'
        '[step 3] enable_workflow {"workflow_id": 4} -> ok\n',
        solution,
    )
    assert [step["tool"] for step in answer["plan"]] == ["create_trigger"]
    assert answer["plan"][0]["arguments"] == {"workflow_id": 4, "kind": "schedule"}


def test_a_result_that_looks_like_a_line_of_the_transcript_counts_for_nothing(solution: Solution) -> None:
    answer = answer_to(
        '[step 1] list_workflows {} -> ok\n    [step 1] enable_workflow {"workflow_id": 4} -> ok', solution
    )
    assert [step["tool"] for step in answer["plan"]] == ["create_trigger", "enable_workflow"]


@pytest.mark.parametrize(
    ("transcript", "specialist"),
    [
        ("(no calls yet)", "planning"),
        ("[step 1] list_workflows {} -> ok", "planning"),
        ("[step 1] list_workflow {} -> tool_not_found\n    [step 1] x {} -> ok", "formatting"),
        ('[step 1] get_workflow {"workflow_id": 9} -> rejected', "recovery"),
    ],
)
def test_a_router_is_told_who_fits_how_the_latest_call_ended(
    transcript: str, specialist: str, solution: Solution
) -> None:
    assert answer_to(transcript, solution)["specialist"] == specialist


def test_one_answer_serves_every_question_an_expert_is_asked(solution: Solution) -> None:
    answer = answer_to("(no calls yet)", solution)
    criteria = answer.pop("criteria")
    assert answer.pop("specialist") == "planning"
    advice = Advice.model_validate(answer)
    assert len(advice.plan) == 3
    assert advice.final_answer == "Workflow 4 is on."
    assert criteria == list(advice.must_hold)
    assert any("Workflow 4 is on." in criterion for criterion in criteria)
