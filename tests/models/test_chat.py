import asyncio
from collections.abc import Iterator
from itertools import repeat

import pytest
from langchain_core.language_models import BaseChatModel
from langchain_core.load import dumps
from langchain_core.messages import HumanMessage

from awm_langgraph.errors import UsageError
from awm_langgraph.models import ModelChoice, Role, chat_model
from awm_langgraph.settings import Settings, use_settings
from awm_langgraph.testing import OpenAIServer, text


@pytest.fixture
def server() -> Iterator[OpenAIServer]:
    with OpenAIServer(repeat(text("Hello."))) as server:
        yield server


def build(role: Role = "agent", *, model: str = "openai:small", **values: object) -> BaseChatModel:
    return chat_model(role, ModelChoice.model_validate({"model": model, **values}))


def at(base_url: str, **more: object) -> dict[str, object]:
    return {"model": "openai:chosen", "base_url": base_url, **more}


async def test_each_role_reaches_its_own_server_with_its_own_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWM_AGENT_API_KEY", "agent-key")
    monkeypatch.setenv("AWM_EXPERT_API_KEY_ENV", "STRONG_MODEL_KEY")
    monkeypatch.setenv("STRONG_MODEL_KEY", "expert-key")
    with (
        OpenAIServer([text("agent")]) as of_agent,
        OpenAIServer([text("expert")]) as of_expert,
        use_settings(Settings.load(agent=at(of_agent.base_url), expert=at(of_expert.base_url))),
    ):
        await build("agent", base_url=of_agent.base_url).ainvoke("Hi")
        await build("expert", base_url=of_expert.base_url).ainvoke("Hi")
    assert [request.key for request in of_agent.requests] == ["agent-key"]
    assert [request.key for request in of_expert.requests] == ["expert-key"]


async def test_one_endpoint_and_model_is_asked_with_each_roles_own_key(server: OpenAIServer) -> None:
    there = server.base_url
    with use_settings(Settings.load(agent=at(there, api_key="one"), expert=at(there, api_key="two"))):
        await build("agent", base_url=server.base_url).ainvoke("Hi")
        await build("expert", base_url=server.base_url).ainvoke("Hi")
    assert [request.key for request in server.requests] == ["one", "two"]


async def test_the_providers_usual_variable_gives_the_key_for_the_providers_own_endpoint_only(
    server: OpenAIServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "usual-key")
    assert key_of(build()) == "usual-key"
    with use_settings(Settings.load(agent=at(server.base_url))):
        await build(base_url=server.base_url).ainvoke("Hi")
    assert server.requests[0].key == "none"
    elsewhere = "https://models.example/v1"
    with use_settings(Settings.load(agent=at(elsewhere))), pytest.raises(UsageError, match=r"api_key_env.*found none"):
        build(base_url=elsewhere)


@pytest.mark.parametrize("settings", [at("http://10.0.0.1/v1"), {"model": "anthropic:chosen"}])
def test_a_roles_own_key_goes_to_no_other_endpoint_or_provider_than_its_own(
    settings: dict[str, object], monkeypatch: pytest.MonkeyPatch
) -> None:
    with use_settings(Settings.load(agent={**settings, "api_key": "own-key"})):
        with pytest.raises(UsageError, match="OPENAI_API_KEY"):
            build()
        monkeypatch.setenv("OPENAI_API_KEY", "usual-key")
        assert key_of(build()) == "usual-key"


def key_of(model: BaseChatModel) -> str:
    key: str = model.openai_api_key.get_secret_value()  # type: ignore[attr-defined] # it is a ChatOpenAI
    return key


@pytest.mark.parametrize("parameters", [{}, {"openai_proxy": "http://127.0.0.1:9"}])
async def test_an_endpoint_that_the_settings_do_not_name_gets_no_key_of_ours(
    server: OpenAIServer, monkeypatch: pytest.MonkeyPatch, parameters: dict[str, str]
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "usual-key")
    with use_settings(Settings.load(agent=at("https://models.example/v1", api_key="own-key"))):
        await build(base_url=server.base_url).ainvoke("Hi")
        redirected = build(base_url="https://models.example/v1", parameters=parameters)
    assert server.requests[0].key == "none"
    assert ("own-key" in key_of(redirected)) is not bool(parameters)


async def test_a_server_on_this_machine_needs_no_key(server: OpenAIServer) -> None:
    answer = await build(base_url=server.base_url).ainvoke("Hi")
    assert answer.text == "Hello."
    assert server.requests[0].key == "none"


def test_a_service_elsewhere_without_a_key_is_told_by_role_and_variable() -> None:
    with pytest.raises(UsageError, match=r"the expert's model openai:gpt-x .*OPENAI_API_KEY"):
        build("expert", model="openai:gpt-x")


async def test_nothing_is_sent_that_nobody_chose(server: OpenAIServer) -> None:
    await build(base_url=server.base_url).ainvoke("Hi")
    body = server.requests[0].body
    assert body["model"] == "small"
    assert body.keys() <= {"model", "messages", "stream"}


async def test_chosen_parameters_are_sent(server: OpenAIServer) -> None:
    await build(base_url=server.base_url, parameters={"temperature": 0, "seed": 7}).ainvoke("Hi")
    assert (server.requests[0].body["temperature"], server.requests[0].body["seed"]) == (0, 7)


async def test_azure_is_reached_at_the_deployments_own_path(server: OpenAIServer) -> None:
    chosen = {"model": "azure_openai:gpt-x", "api_key": "azure-key", "base_url": server.url}
    with use_settings(Settings.load(agent=chosen)):
        model = build(model="azure_openai:gpt-x", base_url=server.url, parameters={"api_version": "2025-01-01"})
        answer = await model.ainvoke("Hi")
    assert answer.text == "Hello."
    assert server.requests[0].path == "/openai/deployments/gpt-x/chat/completions?api-version=2025-01-01"
    assert server.requests[0].headers["api-key"] == "azure-key"


async def test_azure_takes_endpoint_and_deployment_from_the_parameters_too(server: OpenAIServer) -> None:
    parameters = {"azure_endpoint": server.url, "azure_deployment": "mine", "api_version": "2025-01-01"}
    with use_settings(Settings.load(agent={"api_key": "azure-key"})):
        await build(model="azure_openai:gpt-x", parameters=parameters).ainvoke("Hi")
    assert server.requests[0].path.startswith("/openai/deployments/mine/chat/completions")


def test_a_model_serves_one_event_loop_after_another(server: OpenAIServer) -> None:
    model = build(base_url=server.base_url, parameters={"max_retries": 0})
    answers = [asyncio.run(_ask_twice(model)) for _loop in range(2)]
    assert answers == [["Hello.", "Hello."]] * 2


async def _ask_twice(model: BaseChatModel) -> list[str]:
    return [str(answer.text) for answer in await asyncio.gather(model.ainvoke("Hi"), model.ainvoke("Hi"))]


async def test_the_same_choice_and_key_give_the_same_model_from_any_thread(server: OpenAIServer) -> None:
    here = build(base_url=server.base_url, parameters={"temperature": 0, "seed": 1})
    there = await asyncio.to_thread(build, base_url=server.base_url, parameters={"seed": 1, "temperature": 0})
    other = build(base_url=server.base_url, parameters={"temperature": 1, "seed": 1})
    assert here is there
    assert here is not other


def test_a_key_is_in_no_text_of_a_model(server: OpenAIServer) -> None:
    with use_settings(Settings.load(agent=at(server.base_url, api_key="sk-very-secret"))):
        model = build(base_url=server.base_url)
    assert "sk-very-secret" not in repr(model) + dumps(model)


@pytest.mark.parametrize(
    ("values", "complaint"),
    [
        ({"model": "gpt-x"}, r"PROVIDER:NAME.*'gpt-x'"),
        ({"model": "openai:"}, r"PROVIDER:NAME"),
        ({"model": "vllm:qwen"}, r"'vllm' is no provider.*openai:qwen with a base URL"),
        ({"model": "anthropic:claude"}, r"pip install langchain-anthropic"),
        ({"model": "scripted:genius"}, r"scripted:novice"),
        ({"parameters": {"temperature": "hot"}}, r"temperature: .*number"),
        ({"parameters": {"model": "other"}}, r"model"),
        ({"model": "azure_openai:gpt-x", "parameters": {"azure_endpoint": "http://x"}}, r"api_version"),
    ],
)
def test_a_model_that_cannot_be_had_is_told_in_one_line(values: dict[str, object], complaint: str) -> None:
    key = {"model": "openai:chosen", "api_key": "sk-very-secret"}
    with use_settings(Settings.load(agent=key)), pytest.raises(UsageError, match=complaint) as told:
        build(**{"model": "openai:small", **values})  # type: ignore[arg-type]  # role stays the default
    assert "\n" not in str(told.value)
    assert "sk-very-secret" not in str(told.value)


async def test_a_named_user_keeps_its_name_on_the_wire(server: OpenAIServer) -> None:
    await build(base_url=server.base_url).ainvoke([HumanMessage("Try this.", name="expert")])
    assert server.requests[0].body["messages"][0]["name"] == "expert"
