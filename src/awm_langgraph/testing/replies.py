"""What an OpenAI-compatible server may answer, the good and the bad."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

_TOKENS = {"prompt_tokens": 10, "completion_tokens": 5, "total_tokens": 15}


@dataclass(frozen=True)
class Reply:
    """One HTTP answer to a chat completion; one that ``hangs`` is never sent."""

    body: Mapping[str, Any] = field(default_factory=dict)
    status: int = HTTPStatus.OK
    hangs: bool = False


def text(content: str, *, finish_reason: str = "stop") -> Reply:
    """Answer with a text."""
    return _completion({"content": content}, finish_reason)


def empty() -> Reply:
    """Answer with neither text nor call."""
    return text("")


def tool_call(name: str, arguments: Mapping[str, Any] | str, *, call_id: str | None = None) -> Reply:
    """Answer with one call; arguments given as a string are sent as they are, JSON or not."""
    return calls((name, arguments), call_id=call_id)


def calls(*named: tuple[str, Mapping[str, Any] | str], content: str = "", call_id: str | None = None) -> Reply:
    """Answer with several calls, each a name and its arguments, and perhaps a text.

    The server gives every call an id of its own; one that keeps ids sends ``call_id`` with all of them.
    """
    tool_calls = [
        {
            "type": "function",
            "id": call_id,
            "function": {"name": name, "arguments": given if isinstance(given, str) else json.dumps(given)},
        }
        for name, given in named
    ]
    return _completion({"content": content, "tool_calls": tool_calls}, "tool_calls")


def refusal(words: str) -> Reply:
    """Answer with the model's own refusal."""
    return _completion({"content": None, "refusal": words}, "stop")


def filtered_answer() -> Reply:
    """Withhold the answer: the turn ends with ``content_filter``."""
    return text("", finish_reason="content_filter")


def filtered_prompt() -> Reply:
    """Refuse the prompt the way Azure OpenAI does: status 400, code ``content_filter``."""
    return failure(HTTPStatus.BAD_REQUEST, message="The prompt triggered a content policy.", code="content_filter")


def null_choices() -> Reply:
    """Answer 200 with ``choices: null``, as some servers do when they fail."""
    return Reply({"id": "chatcmpl-1", "object": "chat.completion", "created": 0, "model": "served", "choices": None})


def failure(status: int, *, message: str = "", code: str | None = None) -> Reply:
    """Answer with an error status (429, 500, ...) and OpenAI's error body."""
    said = message or HTTPStatus(status).phrase
    return Reply({"error": {"message": said, "type": "error", "param": None, "code": code}}, status=status)


def hang() -> Reply:
    """Accept the request and answer nothing until the server closes."""
    return Reply(hangs=True)


def _completion(message: Mapping[str, Any], finish_reason: str) -> Reply:
    choice = {"index": 0, "message": {"role": "assistant", **message}, "finish_reason": finish_reason}
    return Reply(
        {
            "id": "chatcmpl-1",
            "object": "chat.completion",
            "created": 0,
            "model": "served",
            "choices": [choice],
            "usage": _TOKENS,
        }
    )
