import json
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from itertools import repeat
from threading import Event
from typing import Any

import pytest
from langchain_openai import ChatOpenAI
from pydantic import SecretStr

from awm_langgraph.testing import (
    OpenAIServer,
    Reply,
    Request,
    calls,
    failure,
    filtered_prompt,
    hang,
    text,
    tool_call,
)


def post(server: OpenAIServer, path: str = "/v1/chat/completions", **headers: str) -> tuple[int, dict[str, Any]]:
    body = json.dumps({"model": "x", "messages": []}).encode()
    request = urllib.request.Request(server.url + path, body, {"Content-Type": "application/json", **headers})
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        with error:
            return error.code, json.load(error)


def client(server: OpenAIServer) -> ChatOpenAI:
    headers = {"Connection": "close"}
    return ChatOpenAI(model="x", base_url=server.base_url, api_key=SecretStr("k"), default_headers=headers)


def test_replies_are_given_out_in_order_and_their_end_is_told() -> None:
    with OpenAIServer([text("one"), text("two")]) as server:
        said = [post(server)[1]["choices"][0]["message"]["content"] for _ in range(2)]
        status, body = post(server)
    assert said == ["one", "two"]
    assert (status, body["error"]["message"]) == (400, "this server has no reply left")


def test_a_function_answers_each_request_by_what_it_says() -> None:
    def answer(request: Request) -> Reply:
        return text(request.key)

    with OpenAIServer(answer) as server:
        keys = [
            post(server, Authorization="Bearer one")[1]["choices"][0]["message"]["content"],
            post(server, **{"Api-Key": "two"})[1]["choices"][0]["message"]["content"],
        ]
    assert keys == ["one", "two"]


def test_every_request_is_recorded_with_path_headers_and_body() -> None:
    with OpenAIServer([text("one")]) as server:
        post(server, "/openai/deployments/d/chat/completions?api-version=1", Authorization="Bearer k")
    (request,) = server.requests
    assert request.path == "/openai/deployments/d/chat/completions?api-version=1"
    assert request.headers["authorization"] == "Bearer k"
    assert request.body == {"model": "x", "messages": []}


def test_every_call_served_has_an_id_of_its_own_even_from_one_reply() -> None:
    with OpenAIServer(repeat(calls(("a", {}), ("b", {})))) as server:
        answers = [post(server)[1]["choices"][0]["message"]["tool_calls"] for _ in range(2)]
    ids = [call["id"] for made in answers for call in made]
    assert len(set(ids)) == 4


@pytest.mark.parametrize("own", [None, "", "call_0"])
def test_a_server_that_keeps_ids_serves_the_replies_own(own: str | None) -> None:
    with OpenAIServer(repeat(tool_call("a", {}, call_id=own)), keep_ids=True) as server:
        served = [post(server)[1]["choices"][0]["message"]["tool_calls"][0]["id"] for _ in range(2)]
    assert served == [own, own]


@pytest.mark.parametrize(
    ("reply", "status", "code"), [(failure(429), 429, None), (filtered_prompt(), 400, "content_filter")]
)
def test_an_error_has_its_status_and_openais_body(reply: Reply, status: int, code: str | None) -> None:
    with OpenAIServer([reply]) as server:
        got, body = post(server)
    assert got == status
    assert body["error"]["code"] == code
    assert body["error"]["message"]


def test_models_are_listed_and_other_paths_are_not_found() -> None:
    with OpenAIServer([]) as server:
        with urllib.request.urlopen(f"{server.base_url}/models", timeout=60) as answer:
            models = json.load(answer)
        status, _ = post(server, "/v1/embeddings")
    assert [model["id"] for model in models["data"]] == ["served"]
    assert status == 404
    assert server.requests == []


async def test_a_streamed_answer_says_the_same_as_a_whole_one() -> None:
    with OpenAIServer(repeat(calls(("look", {"id": 1}), ("write", {"id": 2}), content="Both."))) as server:
        whole = await client(server).ainvoke("Go.")
        chunks = [chunk async for chunk in client(server).astream("Go.")]
    streamed = chunks[0]
    for chunk in chunks[1:]:
        streamed += chunk
    assert [request.body["stream"] for request in server.requests] == [False, True]
    assert streamed.text == whole.text == "Both."
    assert [(call["name"], call["args"]) for call in streamed.tool_calls] == [("look", {"id": 1}), ("write", {"id": 2})]
    assert streamed.response_metadata["finish_reason"] == "tool_calls"


def test_closing_ends_a_request_that_hangs() -> None:
    is_asked = Event()

    def hang_when_asked(_request: Request) -> Reply:
        is_asked.set()
        return hang()

    with ThreadPoolExecutor(1) as pool:
        with OpenAIServer(hang_when_asked) as server:
            asking = pool.submit(post, server)
            assert is_asked.wait(60)
        with pytest.raises(ConnectionError):
            asking.result(60)


async def test_malformed_arguments_arrive_as_they_were_written() -> None:
    with OpenAIServer([tool_call("look", '{"id": ')]) as server:
        answer = await client(server).ainvoke("Go.")
    assert [call["args"] for call in answer.invalid_tool_calls] == ['{"id": ']
