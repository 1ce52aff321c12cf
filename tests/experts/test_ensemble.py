"""Specialists and a router."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from awm_langgraph.episode import Solution
from awm_langgraph.experts.asking import consult
from awm_langgraph.experts.consultation import Consultation
from awm_langgraph.experts.ensemble import EnsembleExpert
from awm_langgraph.models import ModelChoice, Script, chat_model

GOOD = json.dumps({"plan": [{"tool": "create_trigger", "arguments": {"workflow_id": 4}}]})
WRONG = json.dumps({"plan": [{"tool": "pay", "arguments": {}}]})


async def test_the_router_picks_a_specialist_with_a_prompt_and_a_model_of_its_own(
    answering: Callable[..., Any], consultation: Consultation
) -> None:
    router, usual, recovery = answering('{"specialist": "recovery"}'), answering(), answering(GOOD)
    expert = EnsembleExpert(usual, "usual", specialists={"recovery": (recovery, "special")}, router=router)

    reply = await expert.advise(consultation)

    assert (expert.name, reply.specialist, reply.model, reply.error) == ("ensemble", "recovery", "special", "")
    assert reply.usage.model_calls == 2
    assert router.asked[0][0].text.startswith("An agent works on a task")
    assert recovery.asked[0][0].text.startswith("You are the expert for recovering from errors")
    assert usual.asked == []


async def test_without_a_router_a_rule_picks_and_the_usual_model_answers(
    answering: Callable[..., Any], consultation: Consultation
) -> None:
    model = answering(GOOD)

    reply = await EnsembleExpert(model, "usual").advise(
        consultation.model_copy(update={"trigger": "agent", "transcript": "(no calls yet)"})
    )

    assert (reply.specialist, reply.model, reply.usage.model_calls) == ("planning", "usual", 1)
    assert model.asked[0][0].text.startswith("You are the expert for planning")


@pytest.mark.parametrize("answers", [["no", "no"], [RuntimeError("down")]])
async def test_a_router_that_fails_is_replaced_by_the_rule(
    answering: Callable[..., Any], consultation: Consultation, answers: list[Any]
) -> None:
    expert = EnsembleExpert(answering(GOOD), "m", router=answering(*answers))

    reply = await expert.advise(consultation)

    assert (reply.specialist, reply.error) == ("recovery", "")


async def test_a_plan_that_does_not_fit_goes_to_the_specialist_for_formatting(
    answering: Callable[..., Any], consultation: Consultation
) -> None:
    model, router = answering(WRONG, GOOD), answering('{"specialist": "planning"}')

    reply = await consult(EnsembleExpert(model, "m", router=router), consultation, consultation.tools)

    assert (reply.specialist, reply.complaints, reply.usage.model_calls) == ("formatting", (), 3)
    assert "- plan step 1: there is no tool 'pay'" in model.asked[1][0].text


async def test_scripted_models_play_router_and_specialists(consultation: Consultation) -> None:
    solution = Solution.model_validate({"calls": [{"tool": "create_trigger", "arguments": {"workflow_id": 4}}]})
    script = Script(task_key="workflow/0", seed=0, solution=solution)
    model = chat_model("expert", ModelChoice(model="scripted:expert"), script=script)
    failed = consultation.model_copy(update={"transcript": "[step 1] create_triger {} -> tool_not_found\n    no"})

    reply = await consult(EnsembleExpert(model, "scripted:expert", router=model), failed, failed.tools)

    assert (reply.specialist, [step.tool for step in reply.advice.plan]) == ("formatting", ["create_trigger"])
    assert (reply.model, reply.error) == ("scripted:expert", "")
