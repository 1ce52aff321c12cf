"""What the policy has follow, on a real `create_agent` agent: hints, calls held back, work checked, budgets kept."""

import asyncio
import json
from typing import Any

import pytest
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.types import Command

from awm_langgraph.episode import Advice, Usage
from awm_langgraph.experts import Consultation, ExpertReply, HumanExpert, Policy
from awm_langgraph.models import ModelChoice
from awm_langgraph.testing import Reply, calls, text, tool_call

ASK = tool_call("ask_expert", {"question": "Which order is it?"})
WRONG, RIGHT = tool_call("refund", {"order_id": 1}), tool_call("refund", {"order_id": 7})
FIND = tool_call("find_orders", {"customer": "Meier"})
CANCEL, CANCEL_OTHER = tool_call("cancel_order", {"order_id": 7}), tool_call("cancel_order", {"order_id": 8})
DONE = text("Order 7 is refunded.")


class Colleague:
    """Says that all is well, or for ever nothing; ``asked`` is what it was asked."""

    name = "colleague"

    def __init__(self, usage: Usage | None = None, *, is_silent: bool = False) -> None:
        self.asked: list[Consultation] = []
        self._usage = usage or Usage()
        self._is_silent = is_silent

    async def advise(self, consultation: Consultation) -> ExpertReply:
        self.asked.append(consultation)
        if self._is_silent:
            await asyncio.Event().wait()
        return ExpertReply(advice=Advice(notes="All is well."), usage=self._usage)


@pytest.fixture
def cancel_order() -> Any:
    """A tool that cannot be undone, and remembers what it did."""

    def cancel_order(order_id: int) -> str:
        """Cancel an order."""
        done.append(order_id)
        return f"cancelled {order_id}"

    done: list[int] = []
    cancel_order.done = done  # type: ignore[attr-defined] # a tool is a plain function here
    return cancel_order


def decided(result: Any) -> list[tuple[str, str, int]]:
    return [(one["trigger"], one["reaction"], one["step"]) for one in result["decisions"]]


def hints(result: Any) -> list[str]:
    return [message.text for message in result["messages"] if message.type == "human" and message.name == "hint"]


async def test_before_the_first_try_a_question_is_refused_unless_that_is_allowed(play: Any) -> None:
    colleague = Colleague()
    eager = play(ASK, RIGHT, DONE)
    result = await eager.run(expert=colleague)
    assert decided(result) == [("agent", "refuse", 1)]
    assert colleague.asked == []
    refusal = next(message for message in result["messages"] if message.type == "tool")
    assert (refusal.status, "nothing was tried yet" in refusal.text) == ("error", True)
    allowed = await play(ASK, RIGHT, DONE).run(expert=colleague, allow_before_first_try=True)
    assert decided(allowed) == [("agent", "route", 1)]
    assert [record["after_calls"] for record in allowed["consultations"]] == [0]


async def test_a_hint_tells_the_agent_that_it_may_ask_and_asks_nobody(play: Any) -> None:
    colleague = Colleague()
    hinted = play(WRONG, ASK, DONE)
    result = await hinted.run(expert=colleague, on_error="nudge")
    assert decided(result) == [("error", "nudge", 1), ("agent", "route", 2)]
    (hint,) = hints(result)
    assert "the last step met an error: refund: server_error" in hint
    assert "Consultations left: 3" in hint
    assert [consultation.trigger for consultation in colleague.asked] == ["agent"]
    assert colleague.asked[0].instruction == "Refund the parcel of Mr Meier."


async def test_a_call_that_cannot_be_undone_is_held_back_until_the_expert_has_spoken(
    play: Any, cancel_order: Any
) -> None:
    def advise(_request: object) -> Reply:
        told.append(list(cancel_order.done))
        return text(json.dumps({"plan": [{"tool": "cancel_order", "arguments": {"order_id": 7}}]}))

    told: list[list[int]] = []
    careful = play(FIND, CANCEL, CANCEL, DONE, expert=advise)
    result = await careful.run(cancel_order, on_irreversible="route")
    assert decided(result) == [("irreversible", "route", 2)]
    assert (told, cancel_order.done) == ([[]], [7])
    assert result["decisions"][0]["reason"] == 'this cannot be undone: cancel_order {"order_id": 7}'
    assert [message.type for message in result["messages"]] == [
        *("human", "ai", "tool", "ai", "tool", "human", "ai", "tool", "ai")
    ]
    held = result["messages"][4]
    assert (held.name, held.status) == ("cancel_order", "error")
    assert "has not been made" in held.text
    assert result["consultations"][0]["after_calls"] == 1


async def test_every_other_call_that_cannot_be_undone_is_brought_up_for_itself(play: Any, cancel_order: Any) -> None:
    colleague = Colleague()
    changing = play(FIND, CANCEL, CANCEL_OTHER, CANCEL, CANCEL_OTHER, DONE)
    result = await changing.run(cancel_order, expert=colleague, on_irreversible="route")
    assert decided(result) == [
        ("irreversible", "route", 2),
        ("irreversible", "route", 3),
        ("irreversible", "route", 5),
    ]
    assert cancel_order.done == [7]


async def test_a_hint_before_a_call_that_cannot_be_undone_holds_it_back_once(play: Any, cancel_order: Any) -> None:
    result = await play(FIND, CANCEL, CANCEL, DONE).run(cancel_order, expert=Colleague(), on_irreversible="nudge")
    assert decided(result) == [("irreversible", "nudge", 2)]
    assert (len(hints(result)), cancel_order.done) == (1, [7])
    assert result["consultations"] == []


async def test_beyond_the_budget_a_call_that_cannot_be_undone_is_made_and_the_refusal_recorded(
    play: Any, cancel_order: Any
) -> None:
    spent = play(WRONG, CANCEL, DONE)
    result = await spent.run(cancel_order, expert=Colleague(), on_irreversible="route", max_consultations=1)
    assert decided(result) == [("error", "route", 1), ("irreversible", "refuse", 2)]
    assert cancel_order.done == [7]


async def test_a_question_beside_a_call_that_cannot_be_undone_is_answered_before_the_call(
    play: Any, cancel_order: Any
) -> None:
    colleague = Colleague()
    both = calls(("cancel_order", {"order_id": 7}), ("ask_expert", {"question": "May I?"}))
    asking = play(FIND, both, CANCEL, DONE)
    result = await asking.run(cancel_order, expert=colleague, on_irreversible="nudge")
    assert decided(result) == [("irreversible", "route", 2)]
    assert colleague.asked[0].question == "May I?"
    assert [message.type for message in result["messages"]][3:6] == ["ai", "tool", "tool"]
    assert cancel_order.done == [7]


async def test_the_work_is_checked_before_it_is_finished_and_again_after_more_was_done(play: Any) -> None:
    colleague = Colleague()
    result = await play(RIGHT, DONE, FIND, DONE, DONE).run(expert=colleague, on_finish="route")
    assert decided(result) == [("finish", "route", 1), ("finish", "route", 2)]
    assert [consultation.step for consultation in colleague.asked] == [1, 2]
    assert result["messages"][-1].text == "Order 7 is refunded."


async def test_an_answer_that_is_given_again_after_a_hint_counts(play: Any) -> None:
    result = await play(RIGHT, DONE, DONE).run(expert=Colleague(), on_finish="nudge")
    assert decided(result) == [("finish", "nudge", 1)]
    assert [message.type for message in result["messages"]] == ["human", "ai", "tool", "ai", "human", "ai"]


async def test_an_agent_that_finishes_without_a_try_is_left_alone(play: Any) -> None:
    result = await play(DONE).run(expert=Colleague(), on_finish="route")
    assert decided(result) == [("finish", "refuse", 0)]
    assert len(result["messages"]) == 2


async def test_an_agent_that_says_it_is_unsure_is_helped_where_the_policy_asks_for_its_confidence(play: Any) -> None:
    unsure = calls(("find_orders", {"customer": "Meier"}), content="Hm.\nConfidence: 0.3")
    asked = play(unsure, DONE)
    result = await asked.run(expert=Colleague(), on_low_confidence="route")
    assert decided(result) == [("confidence", "route", 1)]
    assert "such as: Confidence: 0.8" in asked.told_to_agent[0]["content"]
    silent = play(unsure, DONE)
    assert decided(await silent.run(expert=Colleague())) == []
    assert "Confidence" not in silent.told_to_agent[0]["content"]


async def test_between_two_consultations_lie_as_many_steps_as_the_cooldown_says(play: Any) -> None:
    result = await play(*[WRONG] * 5, DONE).run(expert=Colleague(), cooldown_steps=2)
    assert decided(result) == [
        ("error", "route", 1),
        ("error", "refuse", 2),
        ("error", "route", 3),
        ("error", "refuse", 4),
        ("error", "route", 5),
    ]


@pytest.mark.parametrize(
    ("limit", "names"),
    [({"max_expert_tokens": 150}, "150 tokens"), ({"max_expert_cost_usd": 0.15}, "0.15 US dollars")],
)
async def test_no_consultation_begins_once_tokens_or_money_are_used(play: Any, limit: Any, names: str) -> None:
    colleague = Colleague(usage=Usage(model_calls=1, input_tokens=100, cost_usd=0.1))
    result = await play(*[WRONG] * 3, DONE).run(expert=colleague, **limit)
    assert [one["reaction"] for one in result["decisions"]] == ["route", "route", "refuse"]
    assert names in result["decisions"][-1]["reason"]


async def test_a_model_with_prices_has_its_consultations_priced(play: Any) -> None:
    with play(WRONG, WRONG, DONE) as helped:
        choice = ModelChoice(model="openai:big", base_url=helped.experts.base_url, input_price=100_000, output_price=0)
        agent = helped.agent(expert=choice, max_expert_cost_usd=1)
        result = await agent.ainvoke(helped.request)
    assert [record["usage"]["cost_usd"] for record in result["consultations"]] == [1.0]
    assert [one["reaction"] for one in result["decisions"]] == ["route", "refuse"]


async def test_an_expert_is_given_up_when_the_time_for_all_consultations_is_over(play: Any) -> None:
    result = await play(WRONG, WRONG, DONE).run(expert=Colleague(is_silent=True), max_expert_seconds=0.2)
    (record,) = result["consultations"]
    assert "no answer within 0.2 s" in record["error"]
    assert [one["reaction"] for one in result["decisions"]] == ["route", "refuse"]


async def test_a_function_is_an_expert_and_a_policy_can_be_given_whole(play: Any) -> None:
    def advise(consultation: Consultation) -> str:
        return f"You are at step {consultation.step}."

    result = await play(WRONG, WRONG, DONE).run(expert=advise, policy=Policy(errors_in_a_row=2))
    assert [record["advice"]["notes"] for record in result["consultations"]] == ["You are at step 2."]
    assert result["decisions"][0]["reason"] == "the last 2 steps met errors: refund: server_error"


async def test_a_turn_that_says_nothing_is_no_final_answer_while_somebody_can_help(play: Any) -> None:
    result = await play(RIGHT, text(""), DONE).run(expert=Colleague())
    assert decided(result) == [("error", "route", 2)]
    assert result["messages"][-1].text == "Order 7 is refunded."
    off = await play(RIGHT, text(""), DONE).run(expert=Colleague(), on_error="off", on_stall="off")
    assert (decided(off), off["messages"][-1].text) == ([], "")


async def test_a_call_that_cannot_be_read_has_an_answer_when_the_conversation_goes_on(play: Any) -> None:
    broken = play(calls(("find_orders", {"customer": "Meier"}), ("refund", "[1]")), DONE)
    await broken.run(expert=Colleague())
    turn, *answers = broken.told_to_agent[2:5]
    assert {call["id"] for call in turn["tool_calls"]} == {answer["tool_call_id"] for answer in answers}
    assert "could not be read" in answers[-1]["content"] or "could not be read" in answers[0]["content"]


async def test_a_person_can_be_the_expert_and_nothing_is_done_twice(play: Any) -> None:
    tried: list[int] = []

    def repay(order_id: int) -> str:
        """Repay an order."""
        tried.append(order_id)
        raise KeyError(order_id)

    thread: Any = {"configurable": {"thread_id": "1"}}
    with play(tool_call("repay", {"order_id": 1}), DONE) as waiting:
        agent = waiting.agent(repay, expert=HumanExpert(), checkpointer=InMemorySaver())
        first = await agent.ainvoke(waiting.request, thread)
        (pause,) = first["__interrupt__"]
        assert (pause.value["trigger"], pause.value["step"]) == ("error", 1)
        result = await agent.ainvoke(Command(resume={"notes": "Leave it."}), thread)
    assert tried == [1]
    assert decided(result) == [("error", "route", 1)]
    assert [record["expert"] for record in result["consultations"]] == ["human"]
    assert "Leave it." in waiting.told_to_agent[-1]["content"]
