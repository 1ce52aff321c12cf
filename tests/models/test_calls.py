import asyncio
import socket
from collections.abc import Iterable
from itertools import repeat
from typing import Any

import pytest
from langchain_core.messages import AIMessage, HumanMessage
from langchain_core.runnables import RunnableLambda
from langgraph.errors import GraphInterrupt

from awm_langgraph.episode import Usage
from awm_langgraph.errors import UsageError
from awm_langgraph.models import ModelChoice, chat_model
from awm_langgraph.models import calls as model_calls
from awm_langgraph.models.failure import ModelFailure
from awm_langgraph.settings import Settings, use_settings
from awm_langgraph.testing import (
    OpenAIServer,
    Reply,
    Request,
    empty,
    failure,
    filtered_answer,
    filtered_prompt,
    hang,
    null_choices,
    refusal,
    text,
    tool_call,
)

QUESTION = [HumanMessage("Go on.")]
TOOL = {"type": "function", "function": {"name": "list_workflows", "parameters": {"type": "object", "properties": {}}}}
PROVIDERS = ["openai:small", "azure_openai:small"]


def model_at(server: OpenAIServer, name: str = "openai:small", **parameters: Any) -> Any:
    is_azure = name.startswith("azure")
    version = {"api_version": "2025-01-01"} if is_azure else {}
    choice = ModelChoice(
        model=name, base_url=server.url if is_azure else server.base_url, parameters={**version, **parameters}
    )
    return chat_model("agent", choice).bind_tools([TOOL])


async def ask(replies: Iterable[Reply], name: str = "openai:small", **parameters: Any) -> model_calls.Reply:
    with OpenAIServer(replies) as server:
        return await model_calls.ask(model_at(server, name, **parameters), QUESTION, timeout_seconds=30)


async def failure_of(replies: Iterable[Reply], name: str = "openai:small", **parameters: Any) -> ModelFailure:
    with pytest.raises(ModelFailure) as raised:
        await ask(replies, name, **parameters)
    assert "\n" not in str(raised.value)
    return raised.value


async def test_an_answer_comes_with_what_it_used_and_how_long_it_took() -> None:
    reply = await ask([text("There are three.")])
    assert reply.message.text == "There are three."
    assert reply.usage == Usage(model_calls=1, input_tokens=10, output_tokens=5, cost_usd=None)
    assert reply.latency_seconds > 0


@pytest.mark.parametrize("provider", PROVIDERS)
async def test_a_call_is_read_with_its_arguments(provider: str) -> None:
    reply = await ask([tool_call("list_workflows", {"limit": 2})], provider)
    assert [(call["name"], call["args"]) for call in reply.message.tool_calls] == [("list_workflows", {"limit": 2})]


async def test_an_empty_answer_is_a_turn_of_the_agent() -> None:
    reply = await ask([empty()])
    assert (reply.message.text, reply.message.tool_calls, reply.message.invalid_tool_calls) == ("", [], [])


@pytest.mark.parametrize("provider", PROVIDERS)
@pytest.mark.parametrize("reply", [filtered_prompt(), filtered_answer(), refusal("I will not.")])
async def test_a_filter_and_a_refusal_are_told_from_faults(reply: Reply, provider: str) -> None:
    assert (await failure_of([reply], provider)).kind == "content_filter"


@pytest.mark.parametrize("status", [400, 401, 403, 404, 429, 500, 503])
async def test_an_error_of_the_service_is_a_model_error_that_keeps_its_words(status: int) -> None:
    failed = await failure_of(repeat(failure(status, message="what went wrong")), max_retries=0)
    assert failed.kind == "model_error"
    assert "what went wrong" in str(failed)


async def test_too_long_a_conversation_is_a_model_error() -> None:
    failed = await failure_of([failure(400, message="too long", code="context_length_exceeded")])
    assert failed.kind == "model_error"


async def test_an_answer_without_choices_is_a_model_error() -> None:
    assert (await failure_of([null_choices()])).kind == "model_error"


@pytest.mark.parametrize("status", [429, 500])
async def test_a_passing_error_is_tried_again_twice_and_no_more(status: int) -> None:
    with OpenAIServer([failure(status), failure(status), text("At last.")]) as server:
        reply = await model_calls.ask(model_at(server), QUESTION, timeout_seconds=30)
    assert reply.message.text == "At last."
    with OpenAIServer(repeat(failure(status))) as server:
        with pytest.raises(ModelFailure):
            await model_calls.ask(model_at(server), QUESTION, timeout_seconds=30)
        assert len(server.requests) == 3


async def test_a_service_that_hangs_is_given_up_after_the_time_limit() -> None:
    with OpenAIServer([hang()]) as server, pytest.raises(ModelFailure, match=r"within 0\.2 s") as raised:
        await model_calls.ask(model_at(server), QUESTION, timeout_seconds=0.2)
    assert raised.value.kind == "model_error"


async def test_the_clients_own_time_limit_is_a_model_error_too() -> None:
    failed = await failure_of(repeat(hang()), timeout=0.2, max_retries=0)
    assert failed.kind == "model_error"


async def test_a_service_that_is_not_there_is_told_by_its_address() -> None:
    # bound and not listening: nobody else gets the port meanwhile
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        port = silent.getsockname()[1]
        choice = ModelChoice(model="openai:x", base_url=f"http://127.0.0.1:{port}/v1", parameters={"max_retries": 0})
        with pytest.raises(ModelFailure, match=f"cannot be reached at http://127.0.0.1:{port}") as raised:
            await model_calls.ask(chat_model("agent", choice), QUESTION, timeout_seconds=30)
    assert raised.value.kind == "model_error"


async def test_cancelling_the_caller_cancels_the_call() -> None:
    loop, is_asked = asyncio.get_running_loop(), asyncio.Event()

    def hang_when_asked(_request: Request) -> Reply:
        loop.call_soon_threadsafe(is_asked.set)
        return hang()

    with OpenAIServer(hang_when_asked) as server:
        asking = asyncio.create_task(model_calls.ask(model_at(server), QUESTION, timeout_seconds=30))
        await is_asked.wait()
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking


@pytest.mark.parametrize("error", [GraphInterrupt(), UsageError("no key"), ModelFailure("content_filter", "no")])
async def test_what_others_have_to_see_passes_through(error: Exception) -> None:
    def fail(_messages: object) -> AIMessage:
        raise error

    with pytest.raises(type(error)) as raised:
        await model_calls.ask(RunnableLambda(fail), QUESTION, timeout_seconds=30)
    assert raised.value is error


@pytest.mark.parametrize("padding", [0, 260])
async def test_a_key_that_a_service_repeats_is_in_no_message(padding: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STRONG_KEY", "named-secret")
    monkeypatch.setenv("OPENAI_API_KEY", "usual-secret")
    roles: dict[str, Any] = {"agent": {"api_key": "own-secret"}, "expert": {"api_key_env": "STRONG_KEY"}}
    echo = failure(401, message=f"{'x' * padding} no such key: own-secret, usual-secret, named-secret")
    with use_settings(Settings.load(**roles)):
        failed = str(await failure_of([echo]))
    assert "***" in failed or padding
    assert not any(part in failed for part in ("own-s", "usual", "named"))


async def test_a_model_that_speaks_in_half_characters_is_read_and_can_be_asked_on() -> None:
    with OpenAIServer([text("a \ud800 b"), text("Well.")]) as server:
        first = await model_calls.ask(model_at(server), QUESTION, timeout_seconds=30)
        await model_calls.ask(model_at(server), [*QUESTION, first.message], timeout_seconds=30)
    assert first.message.text == "a ? b"


async def test_a_call_whose_id_is_missing_or_used_before_gets_one_of_its_own() -> None:
    replies = [tool_call("list_workflows", {}), *[tool_call("list_workflows", {}, call_id="call_0")] * 2]
    messages: list[Any] = list(QUESTION)
    with OpenAIServer(replies, keep_ids=True) as server:
        for _ in replies:
            messages.append((await model_calls.ask(model_at(server), messages, timeout_seconds=30)).message)
    assert [call["id"] for message in messages[1:] for call in message.tool_calls] == ["call_1", "call_0", "call_2"]


async def test_a_long_complaint_is_cut() -> None:
    failed = await failure_of([failure(400, message="no " * 1000)])
    assert len(str(failed)) < 400
