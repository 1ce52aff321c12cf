"""The LangSmith SDK's way out: what it sends goes to the outbox, with nothing secret in it."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

import requests
from typing_extensions import override

from awm_langgraph.rollout.tracing.letters import Letter
from awm_langgraph.rollout.tracing.outbox import Outbox
from awm_langgraph.settings import masker

_INGESTION = ("runs/multipart", "runs/batch")


class PostingSession(requests.Session):
    """A session that answers at once when the SDK sends runs, and sends everything else itself."""

    def __init__(self, outbox: Outbox) -> None:
        super().__init__()
        self._outbox = outbox
        self._mask = masker()

    @override
    def request(self, method: str, url: str | bytes, *args: Any, **kwargs: Any) -> requests.Response:
        """Put runs into the outbox."""
        path = urlsplit(str(url)).path
        endpoint = next((one for one in _INGESTION if method == "POST" and path.endswith(f"/{one}")), None)
        if endpoint is None:
            return super().request(method, url, *args, **kwargs)
        self._outbox.put(Letter(endpoint, kwargs["headers"], self._without_secrets(_bytes_of(kwargs["data"]))))
        answer = requests.Response()
        answer.status_code = HTTPStatus.ACCEPTED
        answer.url = str(url)
        return answer

    def _without_secrets(self, body: bytes) -> bytes:
        """Mask every key that this process knows, wherever in a request it may have got to."""
        return self._mask(body.decode("utf-8", "surrogateescape")).encode("utf-8", "surrogateescape")


def _bytes_of(data: Any) -> bytes:
    if isinstance(data, str):
        return data.encode()
    return data if isinstance(data, bytes) else bytes(data.read())
