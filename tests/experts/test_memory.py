"""The agent's own past as its expert."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from awm_langgraph.episode import Advice, ToolOutcome
from awm_langgraph.experts.asking import consult
from awm_langgraph.experts.consultation import Consultation
from awm_langgraph.experts.memory import MemoryExpert
from awm_langgraph.experts.past import Past, read_past

LISTED = ToolOutcome(name="list_workflows", arguments={}, kind="ok", text="[]", step=1)
FAILED = ToolOutcome(name="create_triger", arguments={"workflow_id": 4}, kind="tool_not_found", text="no", step=2)
LOOKED = ToolOutcome(name="search_tools", arguments={"query": "x"}, kind="ok", text="", step=2, is_lookup=True)
MADE = ToolOutcome(name="create_trigger", arguments={"workflow_id": 4}, kind="ok", text="{}", step=3)
SIMILAR = "Give the workflow 'Payroll' a schedule trigger."


@pytest.fixture
def remembered(trajectory: Callable[..., Any], run_folder: Callable[..., Path]) -> Callable[..., Past]:
    """Read a past of these episodes."""
    return lambda *made: read_past(run_folder(*[trajectory(*calls, **given) for calls, given in made]))


async def test_the_calls_that_worked_then_are_the_plan_without_those_that_have_worked_now(
    consultation: Consultation, remembered: Callable[..., Past]
) -> None:
    expert = MemoryExpert([remembered(((LISTED, FAILED, LOOKED, MADE), {}))])

    reply = await consult(expert, consultation, consultation.tools)
    fresh = await consult(expert, consultation.model_copy(update={"transcript": "(no calls yet)"}), consultation.tools)

    assert (expert.name, reply.usage.model_calls, reply.model, reply.error) == ("memory", 0, "", "")
    assert [(step.tool, step.arguments) for step in reply.advice.plan] == [("create_trigger", {"workflow_id": 4})]
    assert [step.tool for step in fresh.advice.plan] == ["list_workflows", "create_trigger"]
    assert reply.advice.final_answer == "It has one."
    assert reply.advice.notes == "From your own work on the task workflow/0 (100% alike), which was completed."


async def test_a_similar_task_is_recalled_with_its_own_values_and_says_so(
    consultation: Consultation, remembered: Callable[..., Past]
) -> None:
    past = remembered(
        ((MADE,), {"episode_id": "a", "instruction": SIMILAR}),
        ((LISTED,), {"episode_id": "b", "instruction": "Close the ticket of Ada Lovelace."}),
    )

    advice = (await MemoryExpert([past]).advise(consultation)).advice

    assert [step.tool for step in advice.plan] == ["create_trigger"]
    assert advice.final_answer == ""
    assert f"That task was: {SIMILAR}" in advice.notes


async def test_of_equally_similar_attempts_the_shortest_is_recalled(
    consultation: Consultation, remembered: Callable[..., Past]
) -> None:
    past = remembered(((LISTED, LISTED, MADE), {"episode_id": "a"}), ((MADE,), {"episode_id": "b"}))

    assert len((await MemoryExpert([past]).advise(consultation)).advice.plan) == 1


@pytest.mark.parametrize(
    ("episode", "error"),
    [
        (((MADE,), {"outcome": "incomplete"}), "no completed task is remembered, 0.40 is asked for"),
        (((), {}), "no completed task is remembered"),
        (((MADE,), {"tier": "verifier"}), "no completed task is remembered"),
        (((MADE,), {"instruction": "Refund order 7"}), "the most similar task is at 0.00"),
        (((FAILED.model_copy(update={"kind": "ok"}),), {}), "the most similar task is at 0.00"),
    ],
)
async def test_it_knows_nothing_where_nothing_fits(
    consultation: Consultation, remembered: Callable[..., Past], episode: Any, error: str
) -> None:
    reply = await consult(MemoryExpert([remembered(episode)]), consultation, consultation.tools)

    assert reply.advice == Advice()
    assert error in reply.error


async def test_how_similar_is_similar_enough_can_be_chosen(
    consultation: Consultation, remembered: Callable[..., Past]
) -> None:
    past = remembered(((MADE,), {"instruction": SIMILAR}))

    assert (await MemoryExpert([past], min_similarity=0.99).advise(consultation)).error
    assert not (await MemoryExpert([past], min_similarity=0.1).advise(consultation)).error


async def test_what_does_not_fit_the_tools_of_today_is_marked(
    consultation: Consultation, remembered: Callable[..., Past]
) -> None:
    outdated = MADE.model_copy(update={"arguments": {"workflow": 4}})
    past = remembered(((outdated,), {}))

    reply = await consult(MemoryExpert([past]), consultation, consultation.tools)

    assert len(reply.advice.plan) == 1
    assert "missing required argument 'workflow_id'" in reply.complaints[0]
