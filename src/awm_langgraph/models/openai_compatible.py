"""OpenAI, Azure OpenAI and every server that speaks like them (vLLM, Ollama, llama.cpp). Slow to import.

Differs from langchain-openai in what an episode needs: bounded waits, connections that outlive no event loop, turns
read as they were written, and content filters told apart from faults.
"""

from __future__ import annotations

import json
from typing import Any

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, InvalidToolCall
from langchain_core.messages.tool import invalid_tool_call
from langchain_core.outputs import ChatResult
from langchain_openai import AzureChatOpenAI, ChatOpenAI
from langchain_openai.chat_models.base import BaseChatOpenAI
from openai import OpenAIError

from awm_langgraph.models.failure import ModelFailure
from awm_langgraph.models.reading import flaw_in

_REQUEST_TIMEOUT_SECONDS = 120.0
_MAX_RETRIES = 2


def build(provider: str, name: str, base_url: str | None, given: dict[str, Any]) -> BaseChatModel:
    """Build a model of ``openai`` or ``azure_openai``; ``given``, langchain-openai's own parameters, win over ours.

    Raises:
        ValueError: A parameter will not do, or there is no key.
    """
    parameters: dict[str, Any] = {
        "timeout": _REQUEST_TIMEOUT_SECONDS,
        "max_retries": _MAX_RETRIES,
        # A streamed turn is put together by a JSON parser that mends broken arguments: whether an agent's call is
        # malformed would depend on who watches.
        "disable_streaming": "tool_calling",
        **given,
        # An idle connection belongs to the event loop that opened it and would fail the next loop's first call.
        "default_headers": {**given.get("default_headers", {}), "Connection": "close"},
    }
    try:
        if provider == "azure_openai":
            return AzureChat(model=name, **({"azure_endpoint": base_url} if base_url else {}), **parameters)
        return OpenAIChat(model=name, base_url=base_url, **parameters)
    except OpenAIError as error:
        usual = f"{provider.upper()}_API_KEY"
        raise ValueError(f"expected a key in the role's api_key or api_key_env, or in {usual}, found none") from error


class _FaithfulReader(BaseChatOpenAI):
    """Reads a completion where langchain-openai would lose it."""

    def _create_chat_result(self, response: Any, generation_info: dict[str, Any] | None = None) -> ChatResult:
        choices = getattr(response, "choices", None)
        if not choices:
            return super()._create_chat_result(response, generation_info)
        if choices[0].finish_reason == "content_filter":
            # The Azure class says this with a ValueError that only its words tell from any other.
            raise ModelFailure("content_filter", "the service withheld the answer (content_filter)")
        # One call whose arguments are no object, or too deep to be parsed, would lose the whole turn.
        set_aside = _set_aside_unreadable(choices[0].message)
        result = super()._create_chat_result(response, generation_info)
        message = result.generations[0].message
        if isinstance(message, AIMessage):
            message.invalid_tool_calls.extend(set_aside)
        return result


class OpenAIChat(_FaithfulReader, ChatOpenAI):
    """`ChatOpenAI` that reads faithfully."""


class AzureChat(_FaithfulReader, AzureChatOpenAI):
    """`AzureChatOpenAI` that reads faithfully."""


def _set_aside_unreadable(message: Any) -> list[InvalidToolCall]:
    """Take the calls whose arguments are JSON but no plain object out of a raw message, and return them."""
    kept, set_aside = [], []
    for call in message.tool_calls or []:
        function = getattr(call, "function", None)
        if function and isinstance(function.arguments, dict):  # some servers do not encode them
            function.arguments = json.dumps(function.arguments)
        if function and (error := _complaint(function.arguments)):
            set_aside.append(invalid_tool_call(name=function.name, args=function.arguments, id=call.id, error=error))
        else:
            kept.append(call)
    if message.tool_calls:
        message.tool_calls = kept
    return set_aside


def _complaint(arguments: str | None) -> str:
    """Say what is wrong with arguments that are JSON; an empty one (null, "", []) stands for no arguments."""
    try:
        value = json.loads(arguments or "{}")
    except RecursionError:
        return "it is nested too deeply"
    except ValueError:
        return ""  # langchain says so itself
    if value and not isinstance(value, dict):
        return f"expected a JSON object of arguments, found {arguments}"
    return flaw_in(value)
