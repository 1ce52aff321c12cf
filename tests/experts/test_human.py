"""A person as expert, in a real graph with a checkpointer."""

import json
import operator
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, TypedDict

from langgraph.checkpoint.memory import InMemorySaver
from langgraph.checkpoint.sqlite.aio import AsyncSqliteSaver
from langgraph.graph import END, START, StateGraph
from langgraph.types import Command

from awm_langgraph.episode import Advice, PlanStep
from awm_langgraph.experts.asking import consult
from awm_langgraph.experts.consultation import Consultation, ToolSchema
from awm_langgraph.experts.human import HumanExpert, question_to_person

CONFIG: Any = {"configurable": {"thread_id": "1"}}


class State(TypedDict, total=False):
    calls: Annotated[list[str], operator.add]
    consultation: dict[str, Any]
    replies: Annotated[list[dict[str, Any]], operator.add]


def graph_with(tools: Sequence[ToolSchema], checkpointer: Any) -> Any:
    async def act(state: State) -> State:
        return {"calls": ["create_triger"]}

    async def expert(state: State) -> State:
        consultation = Consultation.model_validate(state["consultation"])
        reply = await consult(HumanExpert(), consultation, tools)
        return {"replies": [reply.model_dump(mode="json")]}

    builder = StateGraph(State)
    builder.add_node("act", act)
    builder.add_node("expert", expert)
    builder.add_edge(START, "act")
    builder.add_edge("act", "expert")
    builder.add_edge("expert", END)
    return builder.compile(checkpointer=checkpointer)


async def begin(graph: Any, consultation: Consultation) -> Any:
    result = await graph.ainvoke({"consultation": consultation.model_dump(mode="json")}, CONFIG)
    (interrupt,) = result["__interrupt__"]
    return interrupt


async def test_a_person_is_shown_all_that_is_needed_and_answers_with_a_form(
    consultation: Consultation, tools: Sequence[ToolSchema]
) -> None:
    graph = graph_with(tools, InMemorySaver())

    interrupt = await begin(graph, consultation)

    assert interrupt.value == question_to_person(consultation)
    assert "plan_text" in interrupt.response_schema["properties"]
    result = await graph.ainvoke(Command(resume={"plan_text": 'create_trigger {"workflow_id": 4}'}), CONFIG)
    (reply,) = result["replies"]
    assert reply["advice"]["plan"] == [{"tool": "create_trigger", "arguments": {"workflow_id": 4}, "why": ""}]
    assert (reply["complaints"], reply["error"], result["calls"]) == ([], "", ["create_triger"])


BAD: list[tuple[Any, str]] = [
    ({"plan_text": "call it {oops"}, "plan_text, line 1: expected tool_name"),
    ({"notes": " "}, "found an empty form"),
    ({"plan": "create_trigger"}, "plan: Input should be a valid tuple"),
    ({"nots": "so"}, "nots: Extra inputs are not permitted"),
    (7, "Input should be a valid dictionary"),
    ({"notes": {1, 2}}, "notes: Input should be a valid string"),
    ({"plan_text": "\ud800 {"}, "plan_text, line 1: expected tool_name"),
    ({"plan_text": "x" * 100_000 + " y"}, "characters left out]"),
]


async def test_an_answer_that_does_not_fit_the_form_is_sent_back_with_the_complaint_until_one_does(
    consultation: Consultation, tools: Sequence[ToolSchema]
) -> None:
    graph = graph_with(tools, InMemorySaver())
    first = await begin(graph, consultation)

    for bad, complaint in BAD:
        result = await graph.ainvoke(Command(resume=bad), CONFIG)
        (again,) = result["__interrupt__"]
        (told,) = again.value["complaints"]
        assert told.startswith("the answer does not fit the form: ")
        assert complaint in told
        assert len(told) < 500
        assert "\n" not in told
        assert len(again.value["rejected"]) < 5000
        same = {name: value for name, value in again.value.items() if name not in ("complaints", "rejected")}
        assert same == first.value
        assert again.response_schema == first.response_schema

    # LangGraph takes an empty object for no answer at all
    (still,) = (await graph.ainvoke(Command(resume={}), CONFIG))["__interrupt__"]
    assert still.value == again.value
    result = await graph.ainvoke(Command(resume="Look at the name."), CONFIG)
    assert [reply["advice"]["notes"] for reply in result["replies"]] == ["Look at the name."]
    assert result["calls"] == ["create_triger"]


async def test_the_person_sees_what_they_wrote_that_did_not_fit(
    consultation: Consultation, tools: Sequence[ToolSchema]
) -> None:
    graph = graph_with(tools, InMemorySaver())
    await begin(graph, consultation)
    result = await graph.ainvoke(Command(resume={"plan_text": "go {", "notes": "Long words."}), CONFIG)
    (again,) = result["__interrupt__"]
    assert json.loads(again.value["rejected"]) == {"plan_text": "go {", "notes": "Long words."}


async def test_a_plan_that_does_not_fit_the_tools_is_sent_back_to_the_person_once(
    consultation: Consultation, tools: Sequence[ToolSchema]
) -> None:
    graph = graph_with(tools, InMemorySaver())
    first = await begin(graph, consultation)

    result = await graph.ainvoke(Command(resume={"plan_text": "create_triger", "notes": "so"}), CONFIG)

    (second,) = result["__interrupt__"]
    assert second.id != first.id
    assert second.value["complaints"] == [
        "plan step 1: there is no tool 'create_triger'; did you mean 'create_trigger'?"
    ]
    assert '"notes": "so"' in second.value["rejected"]
    result = await graph.ainvoke(Command(resume={"plan_text": "{"}), CONFIG)
    (third,) = result["__interrupt__"]
    assert third.value["complaints"][0].startswith("the answer does not fit the form: plan_text, line 1")
    result = await graph.ainvoke(Command(resume={"plan_text": "list_workflows"}), CONFIG)
    (reply,) = result["replies"]
    assert ([step["tool"] for step in reply["advice"]["plan"]], reply["complaints"]) == (["list_workflows"], [])
    assert result["calls"] == ["create_triger"]


async def test_a_person_who_insists_is_shown_with_the_complaint(
    consultation: Consultation, tools: Sequence[ToolSchema]
) -> None:
    graph = graph_with(tools, InMemorySaver())
    await begin(graph, consultation)

    for _ in range(2):
        result = await graph.ainvoke(Command(resume={"plan_text": "pay"}), CONFIG)

    (reply,) = result["replies"]
    assert (reply["complaints"], reply["error"]) == (["plan step 1: there is no tool 'pay'"], "")


async def test_the_answer_may_come_to_another_program(
    consultation: Consultation, tools: Sequence[ToolSchema], tmp_path: Path
) -> None:
    file = str(tmp_path / "checkpoints.db")
    async with AsyncSqliteSaver.from_conn_string(file) as checkpointer:
        await begin(graph_with(tools, checkpointer), consultation)

    async with AsyncSqliteSaver.from_conn_string(file) as checkpointer:
        result = await graph_with(tools, checkpointer).ainvoke(Command(resume={"notes": "Later."}), CONFIG)

    assert [reply["advice"]["notes"] for reply in result["replies"]] == ["Later."]
    assert result["calls"] == ["create_triger"]


def test_a_person_is_told_no_more_than_the_tier_allows(consultation: Consultation) -> None:
    bare = consultation.model_copy(update={"tier": "transcript", "tools": (), "criteria": ()})

    assert {"tools", "criteria"} <= question_to_person(consultation).keys()
    assert not {"tools", "criteria", "verifier_code", "complaints", "rejected"} & question_to_person(bare).keys()
    assert question_to_person(consultation)["tools"].startswith("create_trigger: Add a trigger")


def test_a_plan_that_was_sent_back_is_shown_to_the_person(consultation: Consultation) -> None:
    rejected = Advice(plan=(PlanStep(tool="pay"),))
    shown = question_to_person(consultation.model_copy(update={"rejected": rejected, "complaints": ("no tool",)}))

    assert '"tool": "pay"' in shown["rejected"]
    assert shown["complaints"] == ["no tool"]
