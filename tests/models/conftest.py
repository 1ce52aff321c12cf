"""A small task with a reference solution, and an environment in memory that refuses what a real one would."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, ToolMessage

from awm_langgraph.episode import Call, Solution

Play = Callable[..., list[BaseMessage]]

CALLS = (
    Call(tool="list_workflows", arguments={}),
    Call(tool="create_trigger", arguments={"workflow_id": 4, "kind": "schedule"}),
    Call(tool="enable_workflow", arguments={"workflow_id": 4}),
)


def _tool(name: str, properties: dict[str, Any], required: list[str]) -> dict[str, Any]:
    parameters = {"type": "object", "properties": properties, "required": required}
    return {"type": "function", "function": {"name": name, "description": name, "parameters": parameters}}


TOOLS = (
    _tool("list_workflows", {}, []),
    _tool(
        "create_trigger",
        {"workflow_id": {"anyOf": [{"type": "integer"}, {"type": "null"}]}, "kind": {"type": "string"}},
        ["workflow_id", "kind"],
    ),
    _tool("enable_workflow", {"workflow_id": {"type": "integer"}}, ["workflow_id"]),
)
ASK_EXPERT = _tool("ask_expert", {"question": {"type": "string"}}, ["question"])


@pytest.fixture(autouse=True)
def nothing_configured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Start from an environment without keys, settings or a .env."""
    for name in [name for name in os.environ if name.startswith("AWM_") or "API_KEY" in name or "OPENAI" in name]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def solution() -> Solution:
    return Solution(calls=CALLS, final_answer="Workflow 4 is on.")


@pytest.fixture
def tools() -> list[dict[str, Any]]:
    return list(TOOLS)


@pytest.fixture
def ask_expert() -> dict[str, Any]:
    return ASK_EXPERT


@pytest.fixture
def play() -> Play:
    """Play a model against the tools until it answers in text; ``broken`` tools answer with an error."""

    def run(
        model: BaseChatModel,
        *,
        offered: list[dict[str, Any]] | None = None,
        messages: list[BaseMessage] | None = None,
        advice: str = "",
        broken: frozenset[str] = frozenset(),
    ) -> list[BaseMessage]:
        bound = model.bind_tools(list(TOOLS) if offered is None else offered)
        conversation = messages or [HumanMessage("Turn workflow 4 on every night.")]
        for _turn in range(20):
            turn = bound.invoke(conversation)
            conversation = [*conversation, turn]
            if not turn.tool_calls:
                return conversation
            for call in turn.tool_calls:
                text = advice if call["name"] == "ask_expert" else _answer(call["name"], call["args"], broken)
                status = "error" if text.startswith("Error") else "success"
                conversation.append(ToolMessage(text, name=call["name"], tool_call_id=call["id"], status=status))
        raise AssertionError("the model never came to an end")

    return run


def _answer(name: str, arguments: dict[str, Any], broken: frozenset[str]) -> str:
    schemas = {tool["function"]["name"]: tool["function"]["parameters"] for tool in TOOLS}
    if name not in schemas:
        return f"Error: unknown tool {name}"
    if name in broken:
        return "Error: it is broken"
    return "ok" if Draft202012Validator(schemas[name]).is_valid(arguments) else "Error: invalid arguments"


def made(messages: list[BaseMessage]) -> list[Call]:
    """List the calls of a conversation, in order."""
    return [
        Call(tool=call["name"], arguments=call["args"])
        for message in messages
        if isinstance(message, AIMessage)
        for call in message.tool_calls
    ]


@pytest.fixture
def calls_of() -> Callable[[list[BaseMessage]], list[Call]]:
    return made
