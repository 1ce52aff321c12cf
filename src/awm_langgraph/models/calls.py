"""Ask a model once, in bounded time, and tell what came of it by structure."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from langchain_core.exceptions import ModelConnectionError
from langchain_core.messages import AIMessage, BaseMessage
from langchain_core.runnables import Runnable
from langgraph.errors import GraphBubbleUp

from awm_langgraph.episode import Usage
from awm_langgraph.errors import UsageError
from awm_langgraph.models.failure import ModelFailure
from awm_langgraph.models.turn import recordable
from awm_langgraph.settings import masked

_FILTER_CODES = frozenset({"content_filter", "content_policy_violation"})
"""Error codes with which OpenAI and Azure OpenAI refuse a prompt."""
_FILTER_REASONS = frozenset({"content_filter", "refusal", "SAFETY"})
"""Reasons with which OpenAI, Anthropic and Google end a turn that they withhold."""
_LONGEST_MESSAGE = 300


@dataclass(frozen=True)
class Reply:
    """One answer of a model, what it used and how long it took."""

    message: AIMessage
    usage: Usage
    latency_seconds: float


async def ask(model: Runnable[Any, BaseMessage], messages: Sequence[BaseMessage], *, timeout_seconds: float) -> Reply:
    """Ask ``model`` for its next turn; the time limit covers the client library's own retries.

    An empty answer and malformed tool calls are the agent's own turn and are returned: read ``content``,
    ``tool_calls`` and ``invalid_tool_calls``, which are fit to record and have ids that ``messages`` do not.

    Raises:
        ModelFailure: The service failed, took too long, refused or withheld the answer.
        UsageError: The model cannot be asked as it is configured.
    """
    started = time.perf_counter()
    try:
        async with asyncio.timeout(timeout_seconds) as limit:
            message = await model.ainvoke(list(messages))
        answer = recordable(_unfiltered(message), messages)
    except (GraphBubbleUp, ModelFailure, UsageError):
        raise
    except Exception as error:  # each provider's client has errors of its own
        if isinstance(error, TimeoutError) and limit.expired():
            raise ModelFailure("model_error", f"the model gave no answer within {timeout_seconds:g} s") from error
        # In a thread: what has to be masked may stand in a file.
        raise await asyncio.to_thread(_failure, error) from error
    return Reply(answer, usage_of(answer), time.perf_counter() - started)


def usage_of(message: AIMessage) -> Usage:
    """Count one model call with the tokens its service reported; a service that reports none counts zero."""
    reported = message.usage_metadata
    if reported is None:
        return Usage(model_calls=1, cost_usd=None)
    return Usage(
        model_calls=1, input_tokens=reported["input_tokens"], output_tokens=reported["output_tokens"], cost_usd=None
    )


def _unfiltered(message: BaseMessage) -> AIMessage:
    if not isinstance(message, AIMessage):
        raise ModelFailure("model_error", f"expected an AI message, the model answered with a {message.type} message")
    if refusal := message.additional_kwargs.get("refusal"):
        raise ModelFailure("content_filter", _shortened(f"the model refused: {refusal}"))
    reasons = {message.response_metadata.get(name) for name in ("finish_reason", "stop_reason")}
    if withheld := reasons & _FILTER_REASONS:
        raise ModelFailure("content_filter", f"the service withheld the answer ({withheld.pop()})")
    return message


def _failure(error: Exception) -> ModelFailure:
    code = getattr(error, "code", None)
    if code in _FILTER_CODES:
        return ModelFailure("content_filter", _shortened(f"the service refused the prompt ({code}): {error}"))
    where = f" at {request.url}" if (request := getattr(error, "request", None)) else ""
    if isinstance(error, ModelConnectionError):
        return ModelFailure("model_error", _shortened(f"the model's service cannot be reached{where}"))
    return ModelFailure("model_error", _shortened(f"{type(error).__name__}{where}: {error}"))


def _shortened(text: str) -> str:
    line = " ".join(masked(text).split())
    return line if len(line) <= _LONGEST_MESSAGE else f"{line[:_LONGEST_MESSAGE]}..."
