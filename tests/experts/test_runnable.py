"""Experts of a user's own."""

import json
from collections.abc import Callable
from typing import Any, TypedDict

import pytest
from langchain_core.messages import AIMessage, AnyMessage, HumanMessage, ToolMessage
from langchain_core.prompts import ChatPromptTemplate
from langchain_core.runnables import RunnableLambda
from langgraph.graph import END, START, MessagesState, StateGraph
from pydantic import BaseModel

from awm_langgraph.episode import Advice, PlanStep, Usage
from awm_langgraph.errors import UsageError
from awm_langgraph.experts.consultation import Consultation, ExpertReply
from awm_langgraph.experts.dynamic import DynamicExpert
from awm_langgraph.experts.runnable import as_expert

PLAN = {"plan": [{"tool": "create_trigger", "arguments": {"workflow_id": 4}}], "notes": "so"}
ADVICE = Advice(plan=(PlanStep(tool="create_trigger", arguments={"workflow_id": 4}),), notes="so")
TOKENS: Any = {"input_tokens": 100, "output_tokens": 10, "total_tokens": 110}


class Structured(BaseModel):
    """What a chain with structured output gives."""

    plan: list[dict[str, Any]] = PLAN["plan"]  # type: ignore[assignment] # one list for both
    notes: str = "so"


@pytest.mark.parametrize(
    "answer",
    [
        ADVICE,
        PLAN,
        json.dumps(PLAN),
        f"I think:\n```json\n{json.dumps(PLAN)}\n```",
        AIMessage(f"<think>hm</think>{json.dumps(PLAN)}"),
        HumanMessage(json.dumps(PLAN)),
        Structured(),
        {"advice": ADVICE, "score": 1},
        {"messages": [HumanMessage("?"), AIMessage(json.dumps(PLAN))]},
        {"messages": [HumanMessage("?"), AIMessage("done")], "structured_response": Structured()},
        ExpertReply(advice=ADVICE),
    ],
)
async def test_advice_may_come_in_many_forms(consultation: Consultation, answer: Any) -> None:
    for thing in (RunnableLambda(lambda _: answer), lambda _: answer):
        reply = await as_expert(thing).advise(consultation)
        assert (reply.advice, reply.error) == (ADVICE, "")


async def test_a_plain_text_is_notes_and_a_long_one_is_cut(consultation: Consultation) -> None:
    reply = await as_expert(lambda _: "Look at the name.").advise(consultation)
    assert reply.advice == Advice(notes="Look at the name.")
    assert len((await as_expert(lambda _: "x" * 10_000).advise(consultation)).advice.notes) < 5000


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (None, "expected advice, a text, a message or a dictionary, found NoneType"),
        (42, "found int"),
        ({}, "every field of the object is empty"),
        ({"plan": [{"arguments": {}}]}, "plan step 1 must be an object"),
        ({"plan": [{"tool": "a", "arguments": {"x": float("nan")}}]}, "not finite"),
        ({"messages": [ToolMessage([], tool_call_id="1")], "plan": []}, ""),
    ],
)
async def test_an_answer_that_is_no_advice_is_an_error(consultation: Consultation, answer: Any, error: str) -> None:
    reply = await as_expert(lambda _: answer).advise(consultation)

    assert error in reply.error
    assert reply.advice == Advice()


async def test_a_function_gets_the_consultation_and_may_be_async(consultation: Consultation) -> None:
    async def think(given: Consultation) -> str:
        return f"{given.tier}: {given.reason}"

    class Thinker:
        async def __call__(self, given: Consultation) -> str:
            return given.instruction

    assert (await as_expert(think).advise(consultation)).advice.notes == f"criteria: {consultation.reason}"
    assert (await as_expert(Thinker()).advise(consultation)).advice.notes == consultation.instruction


async def test_a_chain_gets_the_consultation_as_a_dictionary(
    answering: Callable[..., Any], consultation: Consultation
) -> None:
    model = answering(json.dumps(PLAN))
    chain = ChatPromptTemplate.from_template("Task: {instruction} Tier: {tier}\n{prompt}") | model

    reply = await as_expert(chain).advise(consultation)

    assert (reply.advice, reply.error) == (ADVICE, "")
    assert reply.usage == Usage(model_calls=1, input_tokens=100, output_tokens=10, cost_usd=None)
    question = model.asked[0][0].text
    assert question.startswith(f"Task: {consultation.instruction} Tier: criteria\nYou are the expert")


async def test_a_runnable_that_takes_text_gets_the_question(
    answering: Callable[..., Any], consultation: Consultation
) -> None:
    model = answering(json.dumps(PLAN))

    assert (await as_expert(model.with_retry()).advise(consultation)).advice == ADVICE
    assert consultation.transcript in model.asked[0][0].text


async def test_a_graph_of_messages_gets_the_question_and_its_last_message_is_the_advice(
    answering: Callable[..., Any], consultation: Consultation
) -> None:
    model = answering("First a thought.", json.dumps(PLAN))

    async def turn(state: MessagesState) -> dict[str, list[AnyMessage]]:
        return {"messages": [await model.ainvoke(state["messages"])]}

    builder = StateGraph(MessagesState)
    builder.add_node("think", turn)
    builder.add_node("answer", turn)
    builder.add_edge(START, "think")
    builder.add_edge("think", "answer")
    builder.add_edge("answer", END)

    reply = await as_expert(builder.compile()).advise(consultation)

    assert (reply.advice, reply.usage.model_calls, reply.usage.input_tokens) == (ADVICE, 2, 200)
    assert consultation.transcript in model.asked[0][0].text


async def test_a_graph_gets_the_fields_it_has_and_no_others(consultation: Consultation) -> None:
    class State(TypedDict, total=False):
        transcript: str
        remaining: int
        advice: dict[str, Any]

    def answer(state: State) -> State:
        return {"advice": {"notes": f"{state['remaining']} left after {state['transcript'][:8]}"}}

    builder = StateGraph(State)
    builder.add_node("answer", answer)
    builder.add_edge(START, "answer")

    assert (await as_expert(builder.compile()).advise(consultation)).advice.notes == "2 left after [step 1]"


async def test_a_graph_that_has_no_place_for_a_consultation_is_the_callers_mistake(consultation: Consultation) -> None:
    class State(TypedDict):
        topic: str

    builder = StateGraph(State)
    builder.add_node("answer", lambda state: {})
    builder.add_edge(START, "answer")

    with pytest.raises(UsageError, match=r"a graph whose input has `messages`.*found topic"):
        await as_expert(builder.compile()).advise(consultation)


async def test_one_that_raises_is_a_reply_with_an_error(consultation: Consultation) -> None:
    def fail(_: Any) -> str:
        raise ZeroDivisionError("no")

    for thing in (fail, RunnableLambda(fail)):
        assert (await as_expert(thing).advise(consultation)).error == "ZeroDivisionError: no"


def test_an_expert_is_one_already_and_a_model_becomes_one(answering: Callable[..., Any]) -> None:
    model = answering()
    expert = DynamicExpert(model, "m")
    assert as_expert(expert) is expert
    assert isinstance(as_expert(model), DynamicExpert)
    with pytest.raises(UsageError, match="PROVIDER:NAME"):
        as_expert("gpt-5-mini")


@pytest.mark.parametrize("thing", [None, 42, object()])
def test_anything_else_is_no_expert(thing: object) -> None:
    with pytest.raises(UsageError, match="expected a model or its name, an Expert, a Runnable"):
        as_expert(thing)
