"""Whole episodes in each interface, their agent's turns written as a model behind a real server writes them."""

import json
from typing import Any

import pytest

from awm_langgraph.models import ModelChoice
from awm_langgraph.testing import OpenAIServer, Reply, text, tool_call

URGENT = {"ticket_id": 7, "priority": "urgent"}
ENCODED = json.dumps(URGENT)


def served(server: OpenAIServer) -> ModelChoice:
    return ModelChoice(model="openai:served", base_url=server.base_url, parameters={"max_retries": 0})


def written(name: str, arguments: object) -> Reply:
    return text(f"<tool_call>{json.dumps({'name': name, 'arguments': arguments})}</tool_call>")


IN_TURNS: dict[str, list[Reply]] = {
    "native": [tool_call("update_ticket", URGENT)],
    "gateway": [
        tool_call("list_tools", {}),
        tool_call("call_tool", {"tool_name": "update_ticket", "arguments": ENCODED}),
    ],
    "text": [
        written("list_tools", {}),
        written("call_tool", {"tool_name": "mcp_tool_update_ticket", "arguments": ENCODED}),
    ],
    "search": [
        tool_call("search_tools", {"query": "change a ticket"}),
        tool_call("call_tool", {"tool_name": "update_ticket", "arguments": URGENT}),
    ],
}


@pytest.mark.parametrize("interface", IN_TURNS)
async def test_a_task_is_completed_in_each_interface_and_look_ups_are_no_calls(play: Any, interface: str) -> None:
    with OpenAIServer([*IN_TURNS[interface], text("Ticket 7 is urgent now.")]) as server:
        episode = await play("support_desk", 0, agent=served(server), tool_interface=interface, expert_kind="none")
    made = [(call["name"], call["kind"], call["arguments"]) for call in episode["calls"] if not call["is_lookup"]]
    assert made == [("update_ticket", "ok", URGENT)]
    assert len(episode["calls"]) == len(IN_TURNS[interface])
    assert (episode["outcome"], episode["final_answer"]) == ("complete", "Ticket 7 is urgent now.")
    functions = {one["function"]["name"] for one in server.requests[0].body.get("tools", ())}
    offered = {"gateway": {"list_tools", "call_tool"}, "text": set[str](), "search": {"search_tools", "call_tool"}}
    assert "update_ticket" in functions if interface == "native" else functions == offered[interface]


async def test_arguments_are_repaired_and_recorded_in_the_lenient_mode_and_refused_in_the_strict_one(play: Any) -> None:
    turns = [tool_call("update_ticket", {**URGENT, "ticket_id": "7"}), text("Ticket 7 is urgent now.")]
    found = []
    for mode in ("lenient", "strict"):
        with OpenAIServer(turns) as server:
            episode = await play("support_desk", 0, agent=served(server), argument_mode=mode, expert_kind="none")
        (call,) = episode["calls"]
        found.append((call["kind"], bool(call["repairs"]), call["arguments"]["ticket_id"], episode["outcome"]))
    assert found == [("ok", True, 7, "complete"), ("invalid_args", False, "7", "format_error")]


async def test_a_long_result_is_shortened_for_the_model_and_whole_in_the_record(play: Any) -> None:
    with OpenAIServer([tool_call("list_tickets", {}), text("I have seen them.")]) as server:
        episode = await play("support_desk", 0, agent=served(server), result_limit_characters=300, expert_kind="none")
    (call,) = episode["calls"]
    (shown,) = [one["content"] for one in server.requests[1].body["messages"] if one["role"] == "tool"]
    left_out = len(call["text"]) - 300
    assert left_out > 0
    assert shown == f"{call['text'][:300]}\n[... {left_out} characters left out]"
