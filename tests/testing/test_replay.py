from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, ToolMessage

from awm_langgraph.episode import Call, Solution
from awm_langgraph.models import ModelChoice, Script, chat_model
from awm_langgraph.testing import OpenAIServer, answer_with

SOLUTION = Solution(
    calls=(Call(tool="look"), Call(tool="write", arguments={"id": 4}), Call(tool="close", arguments={"id": 4})),
    final_answer="It is written.",
)
TOOLS = [
    {"type": "function", "function": {"name": name, "description": name, "parameters": {"type": "object"}}}
    for name in ("look", "write", "close", "ask_expert")
]


def scripted(name: str, seed: int = 0) -> Any:
    return chat_model(
        "agent", ModelChoice(model=f"scripted:{name}"), script=Script(task_key="t/0", seed=seed, solution=SOLUTION)
    )


def play(model: Any, *, advice: str) -> list[BaseMessage]:
    """Answer the model's calls until it speaks; a tool that is not there answers with an error."""
    messages: list[BaseMessage] = [HumanMessage("Write it.")]
    for _turn in range(20):
        turn = model.invoke(messages)
        messages.append(turn)
        if not turn.tool_calls:
            return messages
        messages += [_answer(call, advice) for call in turn.tool_calls]
    raise AssertionError("the model never came to an end")


def _answer(call: Any, advice: str) -> ToolMessage:
    name = call["name"]
    if name == "ask_expert":
        return ToolMessage(advice, name=name, tool_call_id=call["id"])
    if name in ("look", "write", "close"):
        return ToolMessage("ok", name=name, tool_call_id=call["id"])
    return ToolMessage(f"Unknown tool: {name}", name=name, tool_call_id=call["id"], status="error")


def turns(messages: list[BaseMessage]) -> list[tuple[str, list[tuple[str, Any]]]]:
    said = [message for message in messages if isinstance(message, AIMessage)]
    return [(str(turn.text), [(call["name"], call["args"]) for call in turn.tool_calls]) for turn in said]


@pytest.fixture
def over_http() -> Iterator[Any]:
    with ExitStack() as servers:

        def serve(model: Any) -> Any:
            server = servers.enter_context(OpenAIServer(answer_with(model)))
            return chat_model("agent", ModelChoice(model="openai:served", base_url=server.base_url))

        yield serve


@pytest.mark.parametrize("seed", range(12))
def test_a_novice_over_http_does_what_it_does_in_process_errors_and_advice_included(seed: int, over_http: Any) -> None:
    advice = '1. write {"id": 4}\n2. close {"id": 4}\n\nFinal answer: It is written.'
    here = play(scripted("novice", seed).bind_tools(TOOLS), advice=advice)
    there = play(over_http(scripted("novice", seed)).bind_tools(TOOLS), advice=advice)
    assert turns(there) == turns(here)


def test_a_model_without_tools_answers_too(over_http: Any) -> None:
    answer = over_http(scripted("expert")).invoke([HumanMessage("What now?")])
    assert '"scripted advice"' in answer.text
