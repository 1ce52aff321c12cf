"""The one way to ask an expert: bounded, checked, sent back once, marked."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from langchain_core.callbacks import AsyncCallbackHandler
from langgraph.errors import GraphInterrupt

from awm_langgraph.episode import Advice, PlanStep, Tier, Usage
from awm_langgraph.errors import UsageError
from awm_langgraph.experts.asking import consult
from awm_langgraph.experts.consultation import Consultation, ExpertReply

CODE = """
def verify(initial, final, answer=None):
    rows = connection.execute("SELECT count(*) FROM triggers WHERE workflow_id = 4").fetchone()
    return {"result": "complete" if rows[0] == 1 and "7731" in answer else "others"}
"""
FITTING = PlanStep(tool="create_trigger", arguments={"workflow_id": 4})
WRONG_NAME = PlanStep(tool="create_triger", arguments={"workflow_id": 4})
WRONG_VALUE = PlanStep(tool="create_trigger", arguments={"workflow_id": 4, "kind": "cron"})
GOOD = Advice(plan=(FITTING,), notes="look first")
BAD = Advice(plan=(WRONG_NAME, WRONG_VALUE))
BAD_COMPLAINTS = (
    "plan step 1: there is no tool 'create_triger'; did you mean 'create_trigger'?",
    "plan step 2: create_trigger: argument 'kind': 'cron' is not one of ['schedule', 'event']",
)


class Prepared:
    """Gives prepared answers, one after the other, and keeps what it was asked."""

    name = "prepared"

    def __init__(self, *answers: Any) -> None:
        self.answers = list(answers)
        self.asked: list[Consultation] = []

    async def advise(self, consultation: Consultation) -> ExpertReply:
        self.asked.append(consultation)
        answer = self.answers.pop(0)
        if callable(answer):
            await answer()
        if isinstance(answer, BaseException):
            raise answer
        if isinstance(answer, ExpertReply):
            return answer
        return ExpertReply(advice=answer, usage=Usage(model_calls=1, cost_usd=0.25), model="m")


async def hang() -> None:
    await asyncio.Event().wait()


async def test_advice_that_fits_is_asked_for_once(consultation: Consultation) -> None:
    expert = Prepared(GOOD)

    reply = await consult(expert, consultation, consultation.tools)

    assert (reply.advice, reply.complaints, reply.leaks, reply.error) == (GOOD, (), (), "")
    assert (reply.usage.cost_usd, reply.model) == (0.25, "m")
    assert reply.latency_seconds > 0
    assert expert.asked == [consultation]


async def test_a_plan_that_does_not_fit_is_sent_back_once_with_the_exact_complaints(consultation: Consultation) -> None:
    expert = Prepared(BAD, GOOD)

    reply = await consult(expert, consultation, consultation.tools)

    assert (reply.advice, reply.complaints, reply.usage.model_calls) == (GOOD, (), 2)
    assert (expert.asked[1].rejected, expert.asked[1].complaints) == (BAD, BAD_COMPLAINTS)


async def test_the_catalogue_is_checked_and_not_told_where_the_tier_keeps_it_secret(
    consultation: Consultation,
) -> None:
    expert = Prepared(BAD, BAD)
    blind = consultation.model_copy(update={"tier": "transcript", "tools": (), "criteria": ()})

    reply = await consult(expert, blind, consultation.tools)

    assert expert.asked[1].complaints == (
        "plan step 1: there is no tool 'create_triger'",
        "plan step 2: create_trigger: its arguments do not fit what the tool takes",
    )
    assert reply.complaints == BAD_COMPLAINTS


@pytest.mark.parametrize(
    "second",
    [BAD, Advice(), RuntimeError("down"), ExpertReply(advice=Advice(), error="no"), Advice(plan=(WRONG_NAME,) * 3)],
)
async def test_what_the_expert_does_not_mend_is_kept_and_marked(consultation: Consultation, second: Any) -> None:
    expert = Prepared(BAD, second)

    reply = await consult(expert, consultation, consultation.tools)

    assert (reply.advice, reply.complaints, reply.error) == (BAD, BAD_COMPLAINTS, "")
    assert len(expert.asked) == 2


async def test_the_second_answer_counts_where_it_is_no_worse(consultation: Consultation) -> None:
    half = Advice(plan=(WRONG_NAME,))

    reply = await consult(Prepared(BAD, half), consultation, consultation.tools)

    assert (reply.advice, reply.complaints) == (half, BAD_COMPLAINTS[:1])


QUOTING = Advice(
    notes='It is rows = connection.execute("SELECT count(*) FROM triggers\n   WHERE workflow_id = 4").fetchone()',
    plan=(PlanStep(tool="list_workflows", why="SELECT count(*) FROM triggers WHERE workflow_id = 4"),),
)


async def test_advice_that_quotes_the_verifier_is_sent_back_first(consultation: Consultation) -> None:
    expert = Prepared(QUOTING, GOOD)

    reply = await consult(expert, consultation, consultation.tools, verifier_code=CODE)

    assert reply.advice == GOOD
    assert expert.asked[1].complaints == (
        '"plan" quotes the program that checks the task: say it in your own words',
        '"notes" quotes the program that checks the task: say it in your own words',
    )


@pytest.mark.parametrize("tier", ["schema", "criteria", "verifier"])
async def test_the_verifiers_source_never_gets_into_the_advice(consultation: Consultation, tier: Tier) -> None:
    known = {"tier": tier, "criteria": (), "verifier_code": CODE if tier == "verifier" else ""}
    expert = Prepared(QUOTING, QUOTING)

    reply = await consult(
        expert,
        consultation.model_copy(update=known),
        consultation.tools,
        verifier_code="" if tier == "verifier" else CODE,
    )

    assert (reply.advice.notes, reply.advice.plan[0].why) == ("It is [left out]", "[left out]")
    assert reply.leaks[:2] == ("(code in plan, left out)", "(code in notes, left out)")
    assert expert.asked[0].verifier_code == known["verifier_code"]


async def test_literals_that_only_the_verifier_has_are_reported(consultation: Consultation) -> None:
    advice = Advice(plan=(FITTING,), final_answer="The code is 7731.")

    for seen, leaks in (("", ("7731",)), ("An e-mail: 7731!", ())):
        reply = await consult(Prepared(advice), consultation, consultation.tools, verifier_code=CODE, seen=seen)
        assert reply.leaks == leaks

    told = ExpertReply(advice=advice, sources="it said 7731")
    assert (await consult(Prepared(told), consultation, consultation.tools, verifier_code=CODE)).leaks == ()


async def test_a_failing_expert_is_a_reply_with_an_error_of_unknown_cost(consultation: Consultation) -> None:
    reply = await consult(Prepared(RuntimeError("down")), consultation, consultation.tools)

    assert (reply.advice, reply.error, reply.usage.cost_usd) == (Advice(), "RuntimeError: down", None)


async def test_an_expert_that_says_nothing_is_an_error(consultation: Consultation) -> None:
    reply = await consult(Prepared(Advice()), consultation, consultation.tools)

    assert (reply.error, reply.usage.model_calls) == ("the expert said nothing", 1)


async def test_the_whole_consultation_is_bounded(consultation: Consultation, monkeypatch: pytest.MonkeyPatch) -> None:
    loop = asyncio.get_running_loop()

    async def hang_for_an_hour() -> None:
        now = loop.time
        monkeypatch.setattr(loop, "time", lambda: now() + 3600)
        await hang()

    first = await consult(Prepared(hang), consultation, consultation.tools, timeout_seconds=0.01)
    second = await consult(Prepared(BAD, hang_for_an_hour), consultation, consultation.tools, timeout_seconds=60)

    assert first.error == "the expert gave no answer within 0.01 s"
    assert (second.advice, second.complaints, second.error) == (BAD, BAD_COMPLAINTS, "")


@pytest.mark.parametrize("error", [GraphInterrupt(()), UsageError("no such model")])
async def test_control_flow_and_the_users_mistakes_pass_through(consultation: Consultation, error: Exception) -> None:
    with pytest.raises(type(error)):
        await consult(Prepared(error), consultation, consultation.tools)


async def test_a_consultation_can_be_cancelled(consultation: Consultation) -> None:
    began, ended = asyncio.Event(), asyncio.Event()

    async def wait() -> None:
        began.set()
        try:
            await hang()
        finally:
            ended.set()

    consulting = asyncio.create_task(consult(Prepared(wait), consultation, consultation.tools))
    await began.wait()
    consulting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await consulting
    await asyncio.wait_for(ended.wait(), timeout=60)


async def test_the_expert_is_a_run_of_its_own_in_the_trace_that_names_its_tier(
    consultation: Consultation, answering: Callable[..., Any]
) -> None:
    from langchain_core.runnables import RunnableLambda

    seen: list[tuple[str, dict[str, Any], list[str]]] = []

    class Watching(AsyncCallbackHandler):
        async def on_chain_start(self, serialized: Any, inputs: Any, **more: Any) -> None:
            seen.append((more["name"], more["metadata"], more["tags"]))

    async def node(given: Consultation) -> ExpertReply:
        return await consult(Prepared(GOOD), given, given.tools)

    await RunnableLambda(node).ainvoke(consultation, {"callbacks": [Watching()]})

    (name, metadata, tags) = seen[1]
    assert (name, metadata["tier"], metadata["expert"], metadata["trigger"]) == (
        "expert",
        "criteria",
        "prepared",
        "error",
    )
    assert "nostream" in tags
