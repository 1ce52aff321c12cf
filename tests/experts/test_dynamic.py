"""The dynamic expert: what it is asked, what becomes of what it answers."""

import asyncio
import json
from collections.abc import Callable
from typing import Any

import pytest
from langgraph.errors import GraphInterrupt

from awm_langgraph.episode import Advice, PlanStep, Usage
from awm_langgraph.experts.consultation import Consultation, Expert
from awm_langgraph.experts.criteria import CriteriaCache, CriteriaExtractor
from awm_langgraph.experts.dynamic import DynamicExpert

GOOD = {
    "criteria": ["unknown key"],
    "plan": [{"tool": "create_trigger", "arguments": {"workflow_id": 4}, "why": "it is missing"}],
    "must_hold": ["Workflow 4 has one trigger."],
    "final_answer": "Done.",
    "pitfalls": [],
    "notes": "",
}
ADVICE = Advice(
    plan=(PlanStep(tool="create_trigger", arguments={"workflow_id": 4}, why="it is missing"),),
    must_hold=("Workflow 4 has one trigger.",),
    final_answer="Done.",
)
WRONG = GOOD | {"plan": [{"tool": "create_triger", "arguments": {}}, {"tool": "pay", "arguments": {}}]}
WRONG_COMPLAINTS = (
    "plan step 1: there is no tool 'create_triger'; did you mean 'create_trigger'?",
    "plan step 2: there is no tool 'pay'",
)


async def test_advice_is_asked_for_with_all_that_the_expert_may_know(
    answering: Callable[..., Any], consultation: Consultation
) -> None:
    model = answering(json.dumps(GOOD))
    expert: Expert = DynamicExpert(model, "openai:big")

    reply = await expert.advise(consultation)

    assert expert.name == "dynamic"
    assert (reply.advice, reply.complaints, reply.error, reply.model) == (ADVICE, (), "", "openai:big")
    assert reply.usage == Usage(model_calls=1, input_tokens=100, output_tokens=10)
    assert reply.latency_seconds > 0
    question = model.asked[0][0].text
    for known in (
        consultation.instruction,
        "create_trigger: Add a trigger to a workflow.\n  - workflow_id: integer, required. Id of the workflow.",
        f"- {consultation.criteria[0]}",
        consultation.transcript,
        consultation.reason,
        consultation.question,
    ):
        assert known in question


async def test_the_advice_prompt_has_the_criteria_but_never_the_verifiers_code(
    answering: Callable[..., Any], consultation: Consultation
) -> None:
    code = "def verify_task_completion(a, b):\n    return {'result': 'complete' if count_of(b) == 1 else 'others'}"
    model = answering('{"criteria": ["There is one trigger."]}', json.dumps(GOOD))
    criteria = await CriteriaExtractor(model, "m", CriteriaCache()).extract(consultation.instruction, code)

    reply = await DynamicExpert(model, "m").advise(consultation.model_copy(update={"criteria": criteria.items}))

    (advice_prompt,) = (message.text for message in model.asked[1])
    assert "- There is one trigger." in advice_prompt
    for line in code.splitlines():
        assert line.strip() not in advice_prompt
        assert line.strip() not in reply.model_dump_json()


async def test_an_expert_without_criteria_is_told_that_they_are_not_known(
    answering: Callable[..., Any], consultation: Consultation
) -> None:
    model = answering(json.dumps(GOOD))

    await DynamicExpert(model, "m").advise(consultation.model_copy(update={"criteria": (), "question": ""}))

    assert "<criteria>\n(not known)\n</criteria>" in model.asked[0][0].text


async def test_an_unreadable_answer_is_asked_for_once_more(
    answering: Callable[..., Any], consultation: Consultation
) -> None:
    model = answering("Call create_trigger!", json.dumps(GOOD))

    reply = await DynamicExpert(model, "m").advise(consultation)

    assert (reply.advice, reply.usage.model_calls) == (ADVICE, 2)


async def test_an_answer_that_stays_unreadable_becomes_notes(
    answering: Callable[..., Any], consultation: Consultation
) -> None:
    model = answering("no", "<think>secret</think>Call create_trigger!")

    reply = await DynamicExpert(model, "m").advise(consultation)

    assert (reply.advice, reply.error) == (Advice(notes="Call create_trigger!"), "")


async def test_an_expert_that_says_nothing_is_an_error(
    answering: Callable[..., Any], consultation: Consultation
) -> None:
    reply = await DynamicExpert(answering("", ""), "m").advise(consultation)

    assert reply.advice == Advice()
    assert "there is no JSON object" in reply.error
    assert reply.usage.model_calls == 2


async def test_a_plan_that_does_not_fit_is_sent_back_once_with_the_complaints(
    answering: Callable[..., Any], consultation: Consultation
) -> None:
    model = answering(json.dumps(WRONG), json.dumps(GOOD))

    reply = await DynamicExpert(model, "m").advise(consultation)

    assert (reply.advice, reply.complaints) == (ADVICE, ())
    for complaint in WRONG_COMPLAINTS:
        assert f"- {complaint}" in model.asked[1][-1].text


@pytest.mark.parametrize("second", [json.dumps(WRONG), "I will not.", RuntimeError("down")])
async def test_a_plan_that_cannot_be_mended_is_kept_with_its_complaints(
    answering: Callable[..., Any], consultation: Consultation, second: object
) -> None:
    model = answering(json.dumps(WRONG), second)

    reply = await DynamicExpert(model, "m").advise(consultation)

    assert [step.tool for step in reply.advice.plan] == ["create_triger", "pay"]
    assert (reply.complaints, reply.error) == (WRONG_COMPLAINTS, "")
    assert len(model.asked) == 2


async def test_of_two_plans_that_do_not_fit_the_better_one_is_kept(
    answering: Callable[..., Any], consultation: Consultation
) -> None:
    half = GOOD | {"plan": [{"tool": "pay", "arguments": {}}]}

    mended = await DynamicExpert(answering(json.dumps(WRONG), json.dumps(half)), "m").advise(consultation)
    worsened = await DynamicExpert(answering(json.dumps(half), json.dumps(WRONG)), "m").advise(consultation)

    for reply in (mended, worsened):
        assert [step.tool for step in reply.advice.plan] == ["pay"]
        assert reply.complaints == ("plan step 1: there is no tool 'pay'",)


async def test_a_failing_model_is_an_answer_with_an_error(
    answering: Callable[..., Any], consultation: Consultation
) -> None:
    reply = await DynamicExpert(answering(RuntimeError("down")), "m").advise(consultation)

    assert (reply.advice, reply.error, reply.model) == (Advice(), "model_error: RuntimeError: down", "m")


async def test_a_tool_with_an_odd_schema_is_an_answer_with_an_error(
    answering: Callable[..., Any], consultation: Consultation
) -> None:
    odd = consultation.tools[0].model_copy(update={"input_schema": {"properties": ["not", "a", "mapping"]}})

    reply = await DynamicExpert(answering(), "m").advise(consultation.model_copy(update={"tools": (odd,)}))

    assert reply.error.startswith("AttributeError")


async def test_langgraphs_control_flow_passes_through(
    answering: Callable[..., Any], consultation: Consultation
) -> None:
    with pytest.raises(GraphInterrupt):
        await DynamicExpert(answering(GraphInterrupt(())), "m").advise(consultation)


async def test_a_consultation_can_be_cancelled(answering: Callable[..., Any], consultation: Consultation) -> None:
    asked = asyncio.Event()

    async def hang() -> None:
        asked.set()
        await asyncio.Event().wait()

    advising = asyncio.create_task(DynamicExpert(answering(hang), "m").advise(consultation))
    await asked.wait()
    advising.cancel()

    with pytest.raises(asyncio.CancelledError):
        await advising
