"""The middleware in requests that are interrupted, resumed and followed by others, and among other middleware."""

import asyncio
from typing import Any

import pytest
from langchain.agents.middleware import HumanInTheLoopMiddleware, SummarizationMiddleware, ToolRetryMiddleware
from langchain.agents.structured_output import ToolStrategy
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.types import Command, interrupt
from pydantic import BaseModel, ValidationError

from awm_langgraph.testing import calls, failure, text, tool_call

THREAD: Any = {"configurable": {"thread_id": "1"}}
ASK = tool_call("ask_expert", {"question": "Which order is it?"})
WRONG, RIGHT = tool_call("refund", {"order_id": 1}), tool_call("refund", {"order_id": 7})
DONE = text("Order 7 is refunded.")


def triggers(result: Any) -> list[str]:
    return [record["trigger"] for record in result["consultations"]]


def answers_of(result: Any, name: str) -> list[str]:
    return [message.text for message in result["messages"] if message.type == "tool" and message.name == name]


async def test_what_a_tool_interrupts_passes_through_and_the_resumed_request_keeps_its_budget(play: Any) -> None:
    def confirm(order_id: int) -> str:
        """Ask the customer."""
        return str(interrupt(f"Refund {order_id}?"))

    with play(WRONG, tool_call("confirm", {"order_id": 7}), WRONG, ASK, DONE) as paused:
        agent = paused.agent(confirm, checkpointer=InMemorySaver(), max_consultations=1)
        first = await agent.ainvoke(paused.request, THREAD)
        assert [pause.value for pause in first["__interrupt__"]] == ["Refund 7?"]
        result = await agent.ainvoke(Command(resume="yes"), THREAD)
    assert answers_of(result, "confirm") == ["yes"]
    assert triggers(result) == ["error"]
    assert len(paused.experts.requests) == 1
    assert "all 1 consultations are used" in paused.told_to_agent[-1]["content"]


async def test_an_unfit_answer_to_an_interrupt_can_be_given_again(play: Any) -> None:
    class Consent(BaseModel):
        is_given: bool

    def confirm(order_id: int) -> str:
        """Ask the customer."""
        return repr(interrupt(f"Refund {order_id}?", response_schema=Consent))

    with play(tool_call("confirm", {"order_id": 7}), DONE) as paused:
        agent = paused.agent(confirm, checkpointer=InMemorySaver())
        await agent.ainvoke(paused.request, THREAD)
        with pytest.raises(ValidationError):
            await agent.ainvoke(Command(resume="perhaps"), THREAD)
        result = await agent.ainvoke(Command(resume={"is_given": True}), THREAD)
    assert answers_of(result, "confirm") == ["Consent(is_given=True)"]
    assert triggers(result) == []


async def test_a_run_that_crashed_resumes_with_what_is_left_of_its_budget(play: Any) -> None:
    with play(WRONG, failure(500), WRONG, DONE) as crashed:
        agent = crashed.agent(checkpointer=InMemorySaver(), max_consultations=1)
        with pytest.raises(Exception, match="Internal Server Error"):
            await agent.ainvoke(crashed.request, THREAD)
        result = await agent.ainvoke(None, THREAD)
    assert triggers(result) == ["error"]
    assert len(crashed.experts.requests) == 1


async def test_the_next_request_of_a_thread_has_a_budget_and_records_of_its_own(play: Any) -> None:
    with play(WRONG, WRONG, DONE, text("Nothing else?"), WRONG, DONE) as chat:
        agent = chat.agent(checkpointer=InMemorySaver(), max_consultations=1)
        assert triggers(await agent.ainvoke(chat.request, THREAD)) == ["error"]
        assert triggers(await agent.ainvoke({"messages": [("user", "Thanks.")]}, THREAD)) == []
        result = await agent.ainvoke({"messages": [("user", "And the other one?")]}, THREAD)
    assert [(record["number"], record["step"]) for record in result["consultations"]] == [(1, 3)]
    assert "Refund the parcel of Mr Meier.\n\nThanks.\n\nAnd the other one?" in chat.told_to_expert


async def test_two_requests_at_once_share_nothing(play: Any) -> None:
    with play(agent=lambda request: DONE if "Go on" in str(request.body) else WRONG) as busy:
        agent = busy.agent(max_consultations=1, checkpointer=InMemorySaver())
        both = [agent.ainvoke(busy.request, {"configurable": {"thread_id": name}}) for name in "ab"]
        results = await asyncio.gather(*both)
    assert [triggers(result) for result in results] == [["error"], ["error"]]


async def test_a_question_that_a_request_left_open_is_no_obstacle_to_the_next(play: Any) -> None:
    class Report(BaseModel):
        is_done: bool

    last = calls(("Report", {"is_done": True}), ("ask_expert", {"question": "Was it right?"}))
    with play(last, tool_call("Report", {"is_done": False})) as chat:
        agent = chat.agent(checkpointer=InMemorySaver(), response_format=ToolStrategy(Report))
        assert (await agent.ainvoke(chat.request, THREAD))["structured_response"] == Report(is_done=True)
        result = await agent.ainvoke({"messages": [("user", "Really?")]}, THREAD)
    assert triggers(result) == []
    assert "The expert could not answer. Go on by yourself." in answers_of(result, "ask_expert")


async def test_a_person_can_approve_calls_inside_it(play: Any) -> None:
    approving = HumanInTheLoopMiddleware(interrupt_on={"refund": True})
    with play(RIGHT, DONE) as approved:
        agent = approved.agent(checkpointer=InMemorySaver(), inner=[approving])
        assert "__interrupt__" in await agent.ainvoke(approved.request, THREAD)
        result = await agent.ainvoke(Command(resume={"decisions": [{"type": "approve"}]}), THREAD)
    assert answers_of(result, "refund") == ["refunded"]
    assert triggers(result) == []


async def test_a_tool_that_a_retry_inside_it_saves_is_no_error(play: Any) -> None:
    tries: list[int] = []

    def flaky(order_id: int) -> str:
        """Refund an order."""
        tries.append(order_id)
        return {2: "refunded"}[len(tries)]

    retrying = ToolRetryMiddleware(max_retries=1, initial_delay=0, jitter=False)
    result = await play(tool_call("flaky", {"order_id": 7}), DONE).run(flaky, inner=[retrying])
    assert (tries, triggers(result)) == ([7, 7], [])


async def test_a_stall_is_seen_in_a_conversation_that_was_shortened_meanwhile(play: Any) -> None:
    same = tool_call("find_orders", {"customer": "Meier"})
    with play(*[WRONG] * 2, *[same] * 4, DONE) as long:
        shortening = SummarizationMiddleware(
            long.model_at(long.experts), trigger=("messages", 10), keep=("messages", 2)
        )
        result = await long.agent(inner=[shortening], stall_steps=2).ainvoke(long.request)
    assert "summary" in result["messages"][0].text
    assert triggers(result) == ["error", "error", "stall"]
