"""The static expert: one piece of advice from the past."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from awm_langgraph.episode import Solution, ToolOutcome
from awm_langgraph.errors import UsageError
from awm_langgraph.experts.asking import consult
from awm_langgraph.experts.consultation import Consultation
from awm_langgraph.experts.past import read_past
from awm_langgraph.experts.static import StaticExpert
from awm_langgraph.models import ModelChoice, Script, chat_model

LISTED = ToolOutcome(name="list_workflows", arguments={}, kind="ok", text='[{"id": 4}]', step=1)
FAILED = ToolOutcome(name="create_triger", arguments={"workflow_id": 4}, kind="tool_not_found", text="no", step=2)
MADE = ToolOutcome(name="create_trigger", arguments={"workflow_id": 4}, kind="ok", text="{}", step=3)
ANSWER = json.dumps({"plan": [{"tool": "create_trigger", "arguments": {"workflow_id": 4}}]})


@pytest.fixture
def beginning(consultation: Consultation) -> Consultation:
    """Advice is wanted before the task."""
    return consultation.model_copy(
        update={"trigger": "start", "step": 0, "transcript": "(no calls yet)", "tier": "schema", "criteria": ()}
    )


async def test_a_model_is_asked_with_the_past_of_this_task_the_successes_first(
    answering: Callable[..., Any],
    beginning: Consultation,
    trajectory: Callable[..., Any],
    run_folder: Callable[..., Path],
) -> None:
    run = run_folder(
        trajectory(LISTED, FAILED, episode_id="a", outcome="incomplete"),
        trajectory(LISTED, MADE, episode_id="b"),
        trajectory(episode_id="c", instruction="Something else."),
    )
    model = answering(ANSWER)

    expert = StaticExpert([read_past(run)], model, "m")
    reply = await consult(expert, beginning, beginning.tools)

    assert (expert.name, reply.model, reply.complaints, reply.error) == ("static", "m", (), "")
    assert [step.tool for step in reply.advice.plan] == ["create_trigger"]
    question = model.asked[0][0].text
    assert (
        "<past>\n"
        "Attempt 1:\n"
        "    [step 1] list_workflows {} -> ok\n"
        '        [{"id": 4}]\n'
        '    [step 3] create_trigger {"workflow_id": 4} -> ok\n'
        "        {}\n"
        "    final answer: It has one.\n"
        "    ended as: complete\n"
        "\n"
        "Attempt 2:\n"
    ) in question
    assert "Attempt 3" not in question


@pytest.mark.parametrize(("tier", "is_told"), [("transcript", False), ("schema", False), ("criteria", True)])
async def test_what_the_verifier_said_then_is_told_from_the_tier_criteria_on(
    answering: Callable[..., Any],
    beginning: Consultation,
    trajectory: Callable[..., Any],
    run_folder: Callable[..., Path],
    tier: str,
    is_told: bool,
) -> None:
    past = read_past(run_folder(trajectory(MADE)))
    model = answering(ANSWER)
    known = {"tier": tier, "tools": beginning.tools if tier != "transcript" else ()}

    await StaticExpert([past], model, "m").advise(beginning.model_copy(update=known))

    assert ("triggers_found" in model.asked[0][0].text) == is_told


async def test_a_plain_log_is_shown_from_where_it_speaks_of_the_task(
    answering: Callable[..., Any], beginning: Consultation, tmp_path: Path
) -> None:
    log = tmp_path / "baseline.log"
    log.write_text(f"another task\nTask: {beginning.instruction}\n[step 1] list_workflows {{}} -> ok\n" + "x" * 50_000)
    model = answering(ANSWER)

    await StaticExpert([read_past(log)], model, "m").advise(beginning)

    question = model.asked[0][0].text
    assert f"Log:\n    {beginning.instruction}\n    [step 1] list_workflows" in question
    assert "another task" not in question
    assert "characters left out]" in question


async def test_a_task_without_a_past_is_the_callers_mistake(
    answering: Callable[..., Any],
    beginning: Consultation,
    trajectory: Callable[..., Any],
    run_folder: Callable[..., Path],
) -> None:
    past = read_past(run_folder(trajectory(instruction="Something else.")))

    with pytest.raises(UsageError, match="expected an earlier attempt at this task"):
        await consult(StaticExpert([past], answering(), "m"), beginning, beginning.tools)


async def test_literals_of_the_past_are_no_leaks_unless_it_was_helped_by_somebody_who_knew(
    answering: Callable[..., Any],
    beginning: Consultation,
    trajectory: Callable[..., Any],
    run_folder: Callable[..., Path],
) -> None:
    informed = beginning.model_copy(update={"tier": "criteria"})
    past = read_past(run_folder(trajectory(MADE, episode_id="a"), name="own"))
    helped = read_past(run_folder(trajectory(MADE, episode_id="a", tier="criteria"), name="helped"))

    async def leaks(of: Any) -> tuple[str, ...]:
        expert = StaticExpert([of], answering(ANSWER), "m")
        return (await consult(expert, informed, informed.tools, verifier_code="assert workflow_id == 4")).leaks

    assert await leaks(past) == ()
    assert await leaks(helped) == ("4",)


async def test_the_scripted_expert_takes_nothing_of_the_past_for_done(
    beginning: Consultation, trajectory: Callable[..., Any], run_folder: Callable[..., Path]
) -> None:
    solution = Solution.model_validate(
        {"calls": [{"tool": "create_trigger", "arguments": {"workflow_id": 4}}], "final_answer": "Done."}
    )
    script = Script(task_key="workflow/0", seed=0, solution=solution)
    model = chat_model("expert", ModelChoice(model="scripted:expert"), script=script)

    expert = StaticExpert([read_past(run_folder(trajectory(LISTED, MADE)))], model, "scripted:expert")
    reply = await consult(expert, beginning, beginning.tools)

    assert [(step.tool, step.arguments) for step in reply.advice.plan] == [("create_trigger", {"workflow_id": 4})]
    assert (reply.model, reply.complaints, reply.error) == ("scripted:expert", (), "")
