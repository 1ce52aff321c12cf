"""A real HTTP server on loopback that speaks OpenAI's chat completions from a script."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass, replace
from http import HTTPStatus
from threading import Lock
from typing import Any

from awm_langgraph.testing.loopback import LoopbackServer, QuietHandler
from awm_langgraph.testing.replies import Reply, failure

_LONGEST_HANG_SECONDS = 600.0


@dataclass(frozen=True)
class Request:
    """A request as it arrived. Header names are in lower case; ``body`` is empty for a GET."""

    path: str
    headers: dict[str, str]
    body: dict[str, Any]

    @property
    def key(self) -> str:
        """Return the API key it carried, OpenAI's or Azure's way; "" if none."""
        return self.headers.get("api-key") or self.headers.get("authorization", "").removeprefix("Bearer ")


Answerer = Callable[[Request], Reply]


class OpenAIServer(LoopbackServer):
    """Serves ``/v1/chat/completions`` (Azure's paths too, streamed if asked) and ``/v1/models``.

    ``replies`` are given out in order, one per request, and a 400 says so when none is left; a function answers
    any number. ``requests`` records the chat completions that were asked for. Every call served gets an id of its own,
    unless ``keep_ids`` asks for the replies' own ones, missing or repeated. ``url`` is what Azure's clients take. Use
    it as a context manager.
    """

    def __init__(self, replies: Iterable[Reply] | Answerer, *, keep_ids: bool = False) -> None:
        self.requests: list[Request] = []
        self._keep_ids = keep_ids
        self._answer = replies if callable(replies) else _in_order(replies)
        self._lock = Lock()
        super().__init__(_Handler)

    @property
    def base_url(self) -> str:
        """Return the URL that a role's ``base_url`` takes."""
        return f"{self.url}/v1"

    def reply_to(self, request: Request) -> Reply | None:
        """Record a request and find its reply; None if the server closed while it hung."""
        with self._lock:
            self.requests.append(request)
            reply = self._answer(request)
            number = len(self.requests)
        if reply.hangs:
            self.closing.wait(_LONGEST_HANG_SECONDS)
            return None
        if self._keep_ids:
            return reply
        return replace(reply, body=_with_call_ids(reply.body, number))


def _in_order(replies: Iterable[Reply]) -> Answerer:
    left = iter(replies)
    none_left = failure(HTTPStatus.BAD_REQUEST, message="this server has no reply left")
    return lambda _request: next(left, none_left)


def _with_call_ids(completion: Mapping[str, Any], number: int) -> Mapping[str, Any]:
    """Give every call an id of its own, also when one reply is served many times."""
    numbered = deepcopy(dict(completion))
    for choice in numbered.get("choices") or ():
        for place, call in enumerate(choice["message"].get("tool_calls", ()), start=1):
            call["id"] = f"call_{number}_{place}"
    return numbered


class _Handler(QuietHandler):
    server: OpenAIServer

    def respond(self) -> None:
        if self.command != "GET":
            self._complete()
        elif self.path.endswith("/models"):
            self._send_json({"object": "list", "data": [{"id": "served", "object": "model", "owned_by": "test"}]})
        else:
            self._send_json({"error": {"message": f"no such path: {self.path}"}}, HTTPStatus.NOT_FOUND)

    def _complete(self) -> None:
        body = json.loads(self.body() or b"{}")
        if not self.path.partition("?")[0].endswith("/chat/completions"):
            self._send_json({"error": {"message": f"no such path: {self.path}"}}, HTTPStatus.NOT_FOUND)
            return
        headers = {name.lower(): value for name, value in self.headers.items()}
        reply = self.server.reply_to(Request(self.path, headers, body))
        if reply is None:
            self.close_connection = True
            return
        if body.get("stream") and reply.body.get("choices"):
            self.send("text/event-stream", "".join(_events(reply.body)).encode(), HTTPStatus.OK)
        else:
            self._send_json(reply.body, reply.status)

    def _send_json(self, body: Mapping[str, Any], status: int = HTTPStatus.OK) -> None:
        # Clients back off before they try again: as short as they will believe.
        self.send("application/json", json.dumps(body).encode(), status, Retry_After_Ms="1")


def _events(completion: Mapping[str, Any]) -> Iterator[str]:
    """Tell a whole completion as a stream of two chunks: the message, and how it ended."""
    choice = completion["choices"][0]
    message = dict(choice["message"])
    if "tool_calls" in message:
        message["tool_calls"] = [{"index": place, **call} for place, call in enumerate(message["tool_calls"])]
    for delta, finish_reason in ((message, None), ({}, choice["finish_reason"])):
        chunk = {
            **completion,
            "object": "chat.completion.chunk",
            "choices": [{"index": 0, "delta": delta, "finish_reason": finish_reason}],
            "usage": completion["usage"] if finish_reason else None,
        }
        yield f"data: {json.dumps(chunk)}\n\n"
    yield "data: [DONE]\n\n"
