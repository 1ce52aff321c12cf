"""The episode graph on tools that have nothing to do with AWM."""

import os
import sys
from pathlib import Path
from typing import Annotated, Any, cast

import pytest
from langchain_core.messages import AnyMessage, HumanMessage
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.graph import START, StateGraph
from langgraph.graph.message import add_messages
from typing_extensions import TypedDict

from awm_langgraph.agent import create_expert_graph
from awm_langgraph.agent.surroundings.own import Attempt
from awm_langgraph.episode import Advice, Call, PlanStep, Solution, Verdict
from awm_langgraph.errors import UsageError
from awm_langgraph.experts import Consultation
from awm_langgraph.models import ModelChoice, chat_model
from awm_langgraph.testing import OpenAIServer, text, tool_call

ASK: Any = {"instruction": "Refund order 7."}
COUNTING: Any = {
    "transport": "stdio",
    "command": sys.executable,
    "args": [str(Path(__file__).parents[1] / "environment" / "own" / "counting_server.py")],
}


def refund(order_id: int) -> str:
    """Refund an order."""
    return {7: "refunded"}[order_id]


def ask_expert(question: str) -> str:
    """Ask somebody else."""
    return "?"


def adviser(consultation: Consultation) -> Advice:
    return Advice(plan=(PlanStep(tool="refund", arguments={"order_id": 7}),), notes=f"because {consultation.reason}")


def model(server: OpenAIServer) -> Any:
    return chat_model("agent", ModelChoice(model="openai:m", base_url=server.base_url))


async def play(turns: list[Any], request: Any = ASK, *, tools: Any = (refund,), **parts: Any) -> Any:
    expert, context = parts.pop("expert", adviser), parts.pop("context", None)
    with OpenAIServer(turns) as server:
        graph = create_expert_graph(model(server), tools, expert, **parts)
        return await graph.ainvoke(request, context=context)


async def test_an_error_brings_the_expert_whose_plan_leads_to_the_end() -> None:
    episode = await play(
        [tool_call("refund", {"order_id": 8}), tool_call("refund", {"order_id": 7}), text("Refunded.")],
        verifier=lambda attempt: attempt.calls[-1].text == "refunded",
    )
    assert [call["kind"] for call in episode["calls"]] == ["server_error", "ok"]
    (consultation,) = episode["consultations"]
    assert consultation["trigger"] == "error"
    assert consultation["advice"]["notes"] == "because the last step met an error: refund: server_error"
    assert (episode["outcome"], episode["reward"]["shaped"]) == ("complete", 1.3)
    assert episode["provenance"]["condition"] == "function/criteria"


@pytest.mark.parametrize(
    ("finding", "outcome"),
    [
        (True, "complete"),
        (False, "incomplete"),
        ("server_error", "server_error"),
        (Verdict(outcome="complete", evidence={"order": 7}), "complete"),
        ("done", "judge_error"),
        (None, "judge_error"),
    ],
)
async def test_a_verifier_says_yes_or_no_an_outcome_or_a_whole_verdict(finding: Any, outcome: str) -> None:
    async def verifier(attempt: Attempt) -> Any:
        assert (attempt.instruction, attempt.final_answer) == ("Refund order 7.", "Done.")
        return finding

    assert (await play([text("Done.")], verifier=verifier))["outcome"] == outcome


async def test_a_verifier_that_fails_says_nothing_about_the_agent() -> None:
    def verifier(attempt: Attempt) -> bool:
        raise LookupError("no such order")

    episode = await play([text("Done.")], verifier=verifier)
    assert (episode["outcome"], episode["reward"]["environment"]) == ("judge_error", None)
    assert episode["verdict"]["error"] == "LookupError: no such order"


async def test_without_a_verifier_there_is_no_verdict() -> None:
    assert (await play([text("Done.")]))["outcome"] == "no_verifier"


async def test_what_is_to_be_done_may_come_as_messages_and_a_thread_goes_on() -> None:
    with OpenAIServer([text("One."), text("Two.")]) as server:
        graph = create_expert_graph(model(server), [refund], adviser, checkpointer=InMemorySaver())
        thread: Any = {"configurable": {"thread_id": "1"}}
        first = await graph.ainvoke(cast(Any, {"messages": [HumanMessage("Say one.")]}), thread)
        second = await graph.ainvoke(cast(Any, {"messages": [HumanMessage("Say two.")]}), thread)
    assert (first["task"]["instruction"], first["final_answer"]) == ("Say one.", "One.")
    assert (second["task"]["instruction"], second["final_answer"]) == ("Say two.", "Two.")
    assert first["episode_id"] != second["episode_id"]


async def test_an_episode_holds_one_session_with_an_mcp_server_and_ends_it() -> None:
    turns = [tool_call("count", {"by": 2}), tool_call("count", {"by": 3}), text("Five.")]
    episode = await play(turns, tools={"counting": COUNTING})
    texts = [call["text"] for call in episode["calls"]]
    assert [one.partition(" in ")[0] for one in texts] == ["sum 2", "sum 5"]
    with pytest.raises(ProcessLookupError):
        os.kill(int(texts[-1].rpartition(" ")[2]), 0)


async def test_a_server_that_dies_is_started_anew_and_the_agent_is_told() -> None:
    turns = [tool_call("die", {}), tool_call("count", {"by": 3}), text("Three.")]
    episode = await play(turns, tools={"counting": COUNTING})
    assert [call["kind"] for call in episode["calls"]] == ["environment_error", "ok"]
    assert episode["calls"][1]["text"].startswith("sum 3 ")
    assert episode["consultations"] == []


async def test_a_server_that_cannot_be_reached_ends_the_episode_as_infrastructure() -> None:
    gone: Any = {"transport": "stdio", "command": sys.executable, "args": ["-c", "raise SystemExit(3)"]}
    episode = await play([text("never")], tools={"gone": gone}, verifier=lambda attempt: True)
    assert (episode["stop_reason"], episode["outcome"]) == ("environment_error", "environment_error")
    assert "expected MCP servers at gone" in episode["error"]


async def test_a_model_as_expert_is_told_the_criteria_and_the_agent_is_not() -> None:
    advice = text('{"plan": [{"tool": "refund", "arguments": {"order_id": 7}}], "notes": ""}')
    with OpenAIServer([tool_call("refund", {}), text("Done.")]) as agents, OpenAIServer([advice]) as experts:
        graph = create_expert_graph(model(agents), [refund], model(experts), criteria=["Order 7 is refunded in full."])
        episode = await graph.ainvoke(ASK)
    assert "refunded in full" in str(experts.requests[0].body)
    assert "refunded in full" not in str([request.body for request in agents.requests])
    assert episode["consultations"][0]["expert"] == "dynamic"


async def test_nothing_to_do_is_refused() -> None:
    with pytest.raises(UsageError, match="give `instruction` or `messages`"):
        await play([], {})


REFUND = Solution(calls=(Call(tool="refund", arguments={"order_id": 7}),), final_answer="Refunded.")


@pytest.mark.parametrize("request_", [{}, {"instruction": "Refund order 7."}, {"messages": ["Refund order 7."]}])
async def test_with_a_solution_the_graph_can_be_tried_without_a_model_and_says_who_played(request_: Any) -> None:
    graph = create_expert_graph(None, [refund], None, solutions={"Refund order 7.": REFUND})
    episode = await graph.ainvoke(request_, context=cast(Any, {"agent": "scripted:solver"}))
    assert (episode["task"]["instruction"], episode["final_answer"]) == ("Refund order 7.", "Refunded.")
    assert [call["text"] for call in episode["calls"]] == ["refunded"]
    assert episode["provenance"]["models"] == {"agent": "scripted:solver", "expert": "scripted:expert"}


async def test_a_script_plays_no_instruction_that_it_has_no_solution_of() -> None:
    graph = create_expert_graph(None, [refund], None, solutions={"Refund order 7.": REFUND})
    with pytest.raises(
        UsageError, match=r"scripted:novice is a script, which plays only 'Refund order 7\.'"
    ) as refused:
        await graph.ainvoke({"instruction": "Refund order 8."})
    assert "AWM_AGENT_MODEL" in str(refused.value)
    assert "\n" not in str(refused.value)


async def test_a_model_goes_before_the_script() -> None:
    with OpenAIServer([tool_call("refund", {"order_id": 7}), text("Yours.")]) as server:
        graph = create_expert_graph(model(server), [refund], adviser, solutions={"Refund order 7.": REFUND})
        episode = await graph.ainvoke({"instruction": "Anything else."})
    assert episode["final_answer"] == "Yours."
    assert "scripted" not in str(episode["provenance"]["models"])


async def test_a_default_of_the_graph_gives_way_to_the_caller() -> None:
    turns = [tool_call("refund", {"order_id": 8}), text("Done.")]
    assert (await play(turns, expert_kind="none"))["consultations"] == []
    helped = await play(turns, expert_kind="none", context={"expert_kind": "dynamic"})
    assert len(helped["consultations"]) == 1


@pytest.mark.parametrize(
    ("parts", "complaint"),
    [
        ({"tools": [3]}, "expected LangChain tools, functions or MCP connections"),
        ({"tools": "refund"}, "expected LangChain tools, functions or MCP connections"),
        ({"criteria": "one"}, "expected a list of sentences"),
        ({"max_steps": 0}, "max_steps"),
        ({"expert": 3}, "expert: expected"),
        ({"expert": dict}, "found the class dict"),
        ({"verifier": 5}, "verifier: expected a function"),
        ({"tools": [lambda: 1]}, "cannot be a tool"),
        ({"tools": [ask_expert]}, "expected no tool named ask_expert"),
        ({"context": {"max_step": 3}}, "did you mean max_steps"),
        ({"request": {"instruction": 5}}, "expected the instruction as text"),
    ],
)
async def test_parts_that_will_not_do_are_refused_in_one_line(parts: dict[str, Any], complaint: str) -> None:
    with pytest.raises(UsageError, match=complaint) as raised:
        await play([], **parts)
    assert "\n" not in str(raised.value)


async def test_a_surrounding_graph_with_messages_keeps_each_of_them_once() -> None:
    class Chat(TypedDict):
        messages: Annotated[list[AnyMessage], add_messages]

    with OpenAIServer([text("One.")]) as server:
        chat = StateGraph(Chat)
        chat.add_node("episode", create_expert_graph(model(server), [refund], adviser))
        chat.add_edge(START, "episode")
        said: Any = await chat.compile().ainvoke({"messages": [HumanMessage("Say one.")]})
    assert [message.text for message in said["messages"]] == ["Say one.", "One."]
