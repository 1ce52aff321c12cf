"""Who is asked, when, what they see and what comes of it, on a real `create_agent` agent; all models are over HTTP."""

import asyncio
import json
from typing import Any

import pytest
from langchain_core.messages import AIMessage, ToolMessage
from langchain_core.tools import ToolException, tool

from awm_langgraph import ExpertMiddleware
from awm_langgraph.episode import Advice
from awm_langgraph.errors import UsageError
from awm_langgraph.experts import Consultation, ExpertReply, Policy
from awm_langgraph.testing import Reply, calls, failure, text, tool_call

ASK = tool_call("ask_expert", {"question": "Which order is it?"})
WRONG, RIGHT = tool_call("refund", {"order_id": 1}), tool_call("refund", {"order_id": 7})
DONE = text("Order 7 is refunded.")


def told(result: Any) -> list[tuple[str, int]]:
    """List what the consultations were about and after which step they were held."""
    return [(record["trigger"], record["step"]) for record in result["consultations"]]


def types(result: Any) -> str:
    return " ".join(message.type for message in result["messages"])


async def test_a_tool_that_fails_twice_brings_the_expert_twice_and_the_agent_recovers(play: Any) -> None:
    result = await play(WRONG, WRONG, RIGHT, DONE).run()
    assert told(result) == [("error", 1), ("error", 2)]
    assert types(result) == "human ai tool human ai tool human ai tool ai"
    assert [message.status for message in result["messages"] if message.type == "tool"] == ["error", "error", "success"]
    assert [message.name for message in result["messages"] if message.type == "human"] == [None, "expert", "expert"]
    first, second = result["consultations"]
    assert first["reason"] == "the last step met an error: refund: server_error"
    assert first["advice"]["plan"][0]["arguments"] == {"order_id": 7}
    assert (first["expert"], first["model"], first["usage"]["model_calls"]) == ("dynamic", "served", 1)
    assert (second["number"], second["after_calls"]) == (2, 2)
    assert json.loads(json.dumps(result["consultations"])) == result["consultations"]


async def test_without_trouble_the_expert_is_silent_and_there_is_no_record(play: Any) -> None:
    quiet = play(RIGHT, DONE)
    result = await quiet.run()
    assert result["consultations"] == []
    assert result["decisions"] == []
    assert set(result) == {"messages", "consultations", "decisions"}
    assert quiet.experts.requests == []


async def test_the_agent_is_offered_the_expert_beside_its_own_prompt_and_tools(play: Any) -> None:
    offering = play(DONE)
    await offering.run(max_consultations=2)
    system = offering.told_to_agent[0]["content"]
    assert system.startswith("You are kind.\n\nAn expert can help you.")
    assert "2 consultations" in system
    offered = {tool["function"]["name"] for tool in offering.agents.requests[0].body["tools"]}
    assert offered == {"refund", "find_orders", "ask_expert"}


async def test_the_expert_sees_the_request_the_tools_the_calls_and_the_criteria(play: Any) -> None:
    helped = play(WRONG, DONE)
    result = await helped.run(criteria=["Order 7 is refunded."])
    for known in (
        "Refund the parcel of Mr Meier.",
        "refund: Refund an order.\n  - order_id: integer, required.",
        '[step 1] refund {"order_id": 1} -> server_error\n    Error: KeyError: 1',
        "- Order 7 is refunded.",
    ):
        assert known in helped.told_to_expert
    assert "ask_expert" not in helped.told_to_expert
    assert result["consultations"][0]["tier"] == "criteria"


async def test_a_question_is_answered_in_its_place(play: Any) -> None:
    helped = play(RIGHT, ASK, DONE)
    result = await helped.run()
    assert told(result) == [("agent", 2)]
    assert types(result) == "human ai tool ai tool ai"
    assert helped.told_to_agent[-1]["role"] == "tool"
    assert '1. refund {"order_id": 7}' in helped.told_to_agent[-1]["content"]
    assert "Which order is it?" in helped.told_to_expert


async def test_questions_beside_calls_are_answered_once_and_after_them(play: Any) -> None:
    asks = ("ask_expert", {"question": "Which?"}), ("ask_expert", {"question": "And then?"})
    helped = play(calls(asks[0], ("find_orders", {"customer": "Meier"}), asks[1]), DONE)
    result = await helped.run()
    assert told(result) == [("agent", 1)]
    assert "Meier has the order 7" in helped.told_to_expert
    assert "Which? And then?" in helped.told_to_expert
    assert [message["role"] for message in helped.told_to_agent] == ["system", "user", "assistant", *["tool"] * 3]
    answers = [message["content"] for message in helped.told_to_agent[-3:]]
    assert answers[0] == answers[2] != answers[1] == "Meier has the order 7"


async def test_the_same_answer_again_and_again_is_a_stall_and_paging_is_none(play: Any) -> None:
    same = tool_call("find_orders", {"customer": "Meier"})
    pages = [tool_call("find_orders", {"customer": f"page {number}"}) for number in range(7)]
    assert told(await play(*[same] * 7, DONE).run()) == [("stall", 3), ("stall", 6)]
    assert told(await play(*[same] * 7, DONE).run(repeated_calls=None)) == [("stall", 6)]
    assert told(await play(*[same] * 3, DONE).run(stall_steps=2)) == [("stall", 3)]
    assert told(await play(*pages, DONE).run()) == []


async def test_trouble_before_the_agents_own_first_turn_brings_nobody(play: Any) -> None:
    handed_over = play(RIGHT, DONE)
    call = {"name": "refund", "args": {"order_id": 1}, "id": "1"}
    handed_over.request["messages"] += [
        AIMessage("", tool_calls=[call]),
        ToolMessage("no", tool_call_id="1", status="error"),
    ]
    assert told(await handed_over.run()) == []


async def test_errors_can_be_left_to_the_agent_until_they_are_a_stall(play: Any) -> None:
    result = await play(*[WRONG] * 4, DONE).run(on_error="off", repeated_calls=None, stall_steps=4)
    assert told(result) == [("stall", 4)]


async def test_the_budget_is_never_exceeded_whoever_asks(play: Any) -> None:
    beside = calls(("ask_expert", {"question": "?"}), ("refund", {"order_id": 1}))
    spent = play(WRONG, ASK, WRONG, ASK, beside, DONE)
    result = await spent.run(max_consultations=2)
    assert told(result) == [("error", 1), ("agent", 2)]
    assert len(spent.experts.requests) == 2
    refused = [message for message in result["messages"] if "all 2 consultations are used" in message.text]
    assert [message.status for message in refused] == ["error", "error"]


@pytest.mark.parametrize(("turn", "role"), [(WRONG, "user"), (ASK, "tool")])
async def test_an_expert_that_fails_is_recorded_and_the_agent_goes_on(play: Any, turn: Reply, role: str) -> None:
    alone = play(RIGHT, turn, DONE, expert=lambda _: failure(500))
    result = await alone.run()
    (record,) = result["consultations"]
    assert record["error"].startswith("model_error")
    assert record["advice"]["plan"] == []
    assert alone.told_to_agent[-1]["role"] == role
    assert alone.told_to_agent[-1]["content"] == "The expert could not answer. Go on by yourself."
    assert result["messages"][-1].text == "Order 7 is refunded."


class Colleague:
    name = "colleague"

    async def advise(self, consultation: Consultation) -> ExpertReply:
        if not consultation.question:
            raise RuntimeError("at lunch")
        return ExpertReply(advice=Advice(notes=f"You are at step {consultation.step}."))


async def test_an_expert_of_ones_own_answers_or_fails_like_any_other(play: Any) -> None:
    helped = play(RIGHT, ASK, WRONG, DONE)
    answer, lunch = (await helped.run(expert=Colleague()))["consultations"]
    assert (answer["expert"], answer["advice"]["notes"]) == ("colleague", "You are at step 2.")
    assert lunch["error"] == "RuntimeError: at lunch"
    assert helped.experts.requests == []


@tool
def cancel(order_id: int) -> str:
    """Cancel an order."""
    raise ToolException("it has left the house")


cancel.handle_tool_error = True


@pytest.mark.parametrize(
    ("turn", "error"),
    [
        (WRONG, "refund: server_error"),
        (tool_call("refund", {"order_id": "seven"}), "refund: invalid_args"),
        (tool_call("refund", {}), "refund: invalid_args"),
        (tool_call("repay", {"order_id": 7}), "repay: tool_not_found"),
        (tool_call("cancel", {"order_id": 7}), "cancel: rejected"),
        (tool_call("refund", '{"order_id": '), "refund: invalid_action"),
        (calls(("find_orders", {"customer": "Meier"}), ("refund", "[1]")), "refund: invalid_action"),
    ],
)
async def test_an_error_is_told_by_structure(play: Any, turn: Reply, error: str) -> None:
    result = await play(turn, DONE).run(cancel)
    assert [record["reason"] for record in result["consultations"]] == [f"the last step met an error: {error}"]
    assert result["messages"][-1].text == "Order 7 is refunded."


async def test_a_turn_that_cannot_be_read_ends_the_run_once_nobody_can_help(play: Any) -> None:
    broken = play(*[tool_call("refund", '{"order_id": ')] * 3)
    result = await broken.run(max_consultations=2)
    assert told(result) == [("error", 1), ("error", 2)]
    assert len(broken.agents.requests) == 3


async def test_consultations_are_streamed_as_events_and_the_experts_own_words_are_not(play: Any) -> None:
    with play(WRONG, DONE) as helped:
        stream = helped.agent().astream(helped.request, stream_mode=["custom", "messages"])
        seen = [event async for event in stream]
    decision, event = [data for mode, data in seen if mode == "custom"]
    assert (decision["type"], decision["trigger"], decision["reaction"]) == ("decision", "error", "route")
    assert (event["type"], event["trigger"], event["number"]) == ("consultation", "error", 1)
    said = [data[0].text for mode, data in seen if mode == "messages"]
    assert said == ["", "Error: KeyError: 1", event["text"], "Order 7 is refunded."]


async def test_a_run_can_be_cancelled_in_a_tool(play: Any) -> None:
    is_called = asyncio.Event()

    async def wait() -> str:
        """Wait for ever."""
        is_called.set()
        await asyncio.Event().wait()
        return "never"

    with play(tool_call("wait", {})) as waiting:
        running = asyncio.create_task(waiting.agent(wait).ainvoke(waiting.request))
        await is_called.wait()
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running
    assert waiting.experts.requests == []


def test_a_synchronous_run_is_refused_in_one_line_before_anything_is_asked(play: Any) -> None:
    with play(DONE) as refused, pytest.raises(UsageError, match="expected ainvoke or astream") as error:
        refused.agent().invoke(refused.request)
    assert "\n" not in str(error.value)
    assert refused.agents.requests == []


@pytest.mark.parametrize(
    ("expert", "options", "says"),
    [
        ("gpt-5", {}, "PROVIDER:NAME"),
        ("nowhere:model", {}, "nowhere"),
        (object(), {}, "an Expert"),
        (Colleague(), {"escalate_on_error": True}, "is no field of a policy: expected one of on_error"),
        (Colleague(), {"policy": Policy(), "on_error": "off"}, "found both: put on_error in it"),
        (Colleague(), {"unchanged_steps": 3}, "use stall_steps"),
        ("openai:big", {"max_expert_cost_usd": 1}, "prices of openai:big, found none"),
        (Colleague(), {"max_consultations": 0}, "leave the middleware out"),
        (Colleague(), {"max_consultations": -1}, "greater than or equal to 0"),
        (Colleague(), {"stall_steps": 0}, "stall_steps"),
        (Colleague(), {"criteria": "Order 7 is refunded."}, "criteria"),
    ],
)
def test_a_callers_mistake_is_told_at_once(expert: Any, options: dict[str, Any], says: str) -> None:
    with pytest.raises(UsageError, match=says) as error:
        ExpertMiddleware(expert, **options)
    assert "\n" not in str(error.value)
