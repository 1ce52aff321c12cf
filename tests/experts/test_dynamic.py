"""The dynamic expert: what it is asked, what becomes of what it answers."""

import asyncio
import json
from collections.abc import Callable
from typing import Any

import pytest
from langgraph.errors import GraphInterrupt

from awm_langgraph.episode import Advice, PlanStep, Tier, Usage
from awm_langgraph.experts.consultation import Consultation, Expert
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


async def test_advice_is_asked_for_with_all_that_the_expert_may_know(
    answering: Callable[..., Any], consultation: Consultation
) -> None:
    model = answering(json.dumps(GOOD))
    expert: Expert = DynamicExpert(model, "openai:big")

    reply = await expert.advise(consultation)

    assert expert.name == "dynamic"
    assert (reply.advice, reply.complaints, reply.error, reply.model) == (ADVICE, (), "", "openai:big")
    assert reply.usage == Usage(model_calls=1, input_tokens=100, output_tokens=10, cost_usd=None)
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


CODE = "def verify_task_completion(a, b):\n\n    return {'result': 'complete' if count_of(b) == 1 else 'others'}"


@pytest.mark.parametrize(
    ("tier", "tags"),
    [
        ("transcript", []),
        ("schema", ["tools"]),
        ("criteria", ["tools", "criteria"]),
        ("verifier", ["tools", "criteria", "program"]),
    ],
)
async def test_what_the_tier_forbids_is_not_in_the_prompt_and_not_spoken_of(
    answering: Callable[..., Any], consultation: Consultation, tier: Tier, tags: list[str]
) -> None:
    knowledge = {
        "tier": tier,
        "tools": consultation.tools if "tools" in tags else (),
        "criteria": consultation.criteria if "criteria" in tags else (),
        "verifier_code": CODE if "program" in tags else "",
    }
    model = answering(json.dumps(GOOD))

    await DynamicExpert(model, "m").advise(consultation.model_copy(update=knowledge))

    question = model.asked[0][0].text
    for tag, content in (("tools", "workflow_id: integer"), ("criteria", "one row with"), ("program", CODE)):
        assert (f"<{tag}>" in question) == (content in question) == (tag in tags)
    assert ("program" in question) == ("criteria" in tags)
    assert f"<transcript>\n{consultation.transcript}\n</transcript>" in question
    assert "\0" not in question


async def test_a_plan_that_was_sent_back_is_shown_with_the_complaints(
    answering: Callable[..., Any], consultation: Consultation
) -> None:
    model = answering(json.dumps(GOOD))
    sent_back = consultation.model_copy(update={"rejected": ADVICE, "complaints": ("step 1: no", "step 2: no")})

    await DynamicExpert(model, "m").advise(sent_back)

    question = model.asked[0][0].text
    assert '<rejected>\n{"plan": [{"tool": "create_trigger", "arguments": {"workflow_id": 4}' in question
    assert "- step 1: no\n- step 2: no" in question


async def test_who_the_expert_is_can_be_chosen(answering: Callable[..., Any], consultation: Consultation) -> None:
    model = answering(json.dumps(GOOD))

    await DynamicExpert(model, "m", role="expert_planning").advise(consultation)

    assert model.asked[0][0].text.startswith("You are the expert for planning")


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
