from typing import Any

import pytest
from langchain_core.messages import AIMessage, HumanMessage

from awm_langgraph.models import ModelChoice, chat_model
from awm_langgraph.testing import OpenAIServer, Reply, calls, text, tool_call

QUESTION = [HumanMessage("Go on.")]
TOOL = {"type": "function", "function": {"name": "list_workflows", "parameters": {"type": "object", "properties": {}}}}
UNUSABLE = ['{"id": %s}' % ("9" * 40), '{"id": NaN}', '{"id": 1e999}', '{"id": "\\ud800"}', '{"id": %s}' % ("[" * 3000)]
UNUSABLE.append(UNUSABLE[-1][:-1] + "]" * 3000 + "}")
PROVIDERS = ["openai:small", "azure_openai:small"]


def model_at(server: OpenAIServer, name: str = "openai:small") -> Any:
    if name.startswith("azure"):
        choice = ModelChoice(model=name, base_url=server.url, parameters={"api_version": "2025-01-01"})
    else:
        choice = ModelChoice(model=name, base_url=server.base_url)
    return chat_model("agent", choice).bind_tools([TOOL])


async def ask(reply: Reply, name: str = "openai:small") -> AIMessage:
    with OpenAIServer([reply]) as server:
        answer: AIMessage = await model_at(server, name).ainvoke(QUESTION)
    return answer


@pytest.mark.parametrize("provider", PROVIDERS)
@pytest.mark.parametrize("arguments", ['{"limit": 2', "limit=2", "[1, 2]", "7", '"two"', "true", *UNUSABLE])
async def test_malformed_arguments_are_a_turn_of_the_agent_and_come_back_as_they_were_written(
    arguments: str, provider: str
) -> None:
    message = await ask(tool_call("list_workflows", arguments), provider)
    assert message.tool_calls == []
    (broken,) = message.invalid_tool_calls
    assert (broken["name"], broken["args"], broken["id"]) == ("list_workflows", arguments, "call_1_1")
    assert broken["error"]
    assert message.usage_metadata is not None


async def test_one_malformed_call_does_not_lose_its_siblings_or_the_words_beside_them() -> None:
    message = await ask(calls(("list_workflows", "[1]"), ("list_workflows", {"limit": 2}), content="Two at once."))
    assert message.text == "Two at once."
    assert [call["args"] for call in message.tool_calls] == [{"limit": 2}]
    assert [call["args"] for call in message.invalid_tool_calls] == ["[1]"]


@pytest.mark.parametrize("arguments", ["", "null", "[]"])
async def test_no_arguments_may_be_written_in_many_ways(arguments: str) -> None:
    message = await ask(tool_call("list_workflows", arguments))
    assert [call["args"] for call in message.tool_calls] == [{}]


async def test_arguments_that_a_server_forgot_to_encode_are_read() -> None:
    reply = tool_call("list_workflows", {})
    reply.body["choices"][0]["message"]["tool_calls"][0]["function"]["arguments"] = {"limit": 2}
    message = await ask(reply)
    assert [call["args"] for call in message.tool_calls] == [{"limit": 2}]


async def test_a_turn_that_was_malformed_can_be_sent_back_in_the_next() -> None:
    with OpenAIServer([tool_call("list_workflows", "[1, 2]"), text("Sorry.")]) as server:
        turn = await model_at(server).ainvoke(QUESTION)
        await model_at(server).ainvoke([*QUESTION, turn])
    sent = server.requests[1].body["messages"][1]["tool_calls"][0]
    assert sent["function"] == {"name": "list_workflows", "arguments": "[1, 2]"}


async def test_watching_the_stream_changes_nothing_in_what_the_agent_wrote() -> None:
    with OpenAIServer([tool_call("list_workflows", '{"limit": 2')]) as server:
        events = [event async for event in model_at(server).astream_events(QUESTION)]
    (ended,) = [event["data"]["output"] for event in events if event["event"] == "on_chat_model_end"]
    assert ended.tool_calls == []
    assert [call["args"] for call in ended.invalid_tool_calls] == ['{"limit": 2']
