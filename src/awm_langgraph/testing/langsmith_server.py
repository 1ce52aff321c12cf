"""A LangSmith service on loopback, for the real SDK over real HTTP."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from threading import Condition
from typing import Literal
from urllib.parse import parse_qs, urlsplit

from awm_langgraph.testing.langsmith_records import Records
from awm_langgraph.testing.langsmith_routes import answer
from awm_langgraph.testing.langsmith_wire import Arrived, unpacked
from awm_langgraph.testing.loopback import LoopbackServer, QuietHandler

_LONGEST_HANG_SECONDS = 600.0
_LONGEST_WAIT_SECONDS = 60.0

Manner = Literal["well", "refusing", "hanging", "slow"]


@dataclass(frozen=True)
class Behaviour:
    """How the service is from now on: ``status`` is what it refuses with, ``seconds`` how long it keeps one waiting."""

    manner: Manner = "well"
    status: int = HTTPStatus.SERVICE_UNAVAILABLE
    seconds: float = 0.0


class LangSmithServer(LoopbackServer):
    """Serves what the LangSmith SDK asks for: runs, feedback, projects, data sets, experiments and the prompt hub.

    ``records`` holds what arrived, put together; ``requests`` every request as it came. Give a client its ``url`` as
    ``LANGSMITH_ENDPOINT``. ``behaviour`` may be set at any time. Use it as a context manager.
    """

    def __init__(self, behaviour: Behaviour | None = None, *, takes_zstd: bool = True) -> None:
        self.records = Records()
        self.requests: list[Arrived] = []
        self.behaviour = behaviour or Behaviour()
        self.takes_zstd = takes_zstd
        self._news = Condition()
        super().__init__(_Handler)

    @property
    def sent(self) -> bytes:
        """Return every byte that arrived, unpacked: paths, headers and bodies."""
        told = (f"{one.method} {one.path} {dict(one.query)} {dict(one.headers)}\n" for one in self.requests)
        bodies = [one.body for one in self.requests]
        return "".join(told).encode() + b"\n".join(bodies)

    def asked(self, path: str) -> list[Arrived]:
        """List the requests for one path."""
        return [one for one in self.requests if one.path == path]

    def wait_until(self, is_there: Callable[[Records], bool]) -> Records:
        """Wait until what arrived is enough, and return it.

        Raises:
            TimeoutError: it was not within a minute.
        """

        def is_enough() -> bool:
            # requests that are still coming in change them
            with self.records.lock:
                return is_there(self.records)

        with self._news:
            if not self._news.wait_for(is_enough, _LONGEST_WAIT_SECONDS):
                raise TimeoutError(f"expected something else to arrive, found {len(self.requests)} requests")
        return self.records

    def answer(self, request: Arrived) -> tuple[int, bytes] | None:
        """Answer a request in the service's present manner; None leaves it without an answer."""
        with self._news:
            self.requests.append(request)
            self._news.notify_all()
        behaviour = self.behaviour
        if behaviour.manner == "hanging":
            self.closing.wait(_LONGEST_HANG_SECONDS)
            return None
        if behaviour.manner == "slow":
            self.closing.wait(behaviour.seconds)
        if behaviour.manner == "refusing":
            return behaviour.status, b'{"detail": "refused"}'
        status, body = answer(self.records, request, takes_zstd=self.takes_zstd)
        with self._news:
            self._news.notify_all()
        return status, json.dumps(body).encode()


class _Handler(QuietHandler):
    server: LangSmithServer

    def respond(self) -> None:
        place = urlsplit(self.path)
        headers = {name.lower(): value for name, value in self.headers.items()}
        request = Arrived(
            method=self.command,
            path=place.path.rstrip("/"),
            query={name: tuple(values) for name, values in parse_qs(place.query).items()},
            headers=headers,
            body=unpacked(self.body(), headers.get("content-encoding", "")),
        )
        answered = self.server.answer(request)
        if answered is None:
            self.close_connection = True
            return
        self.send("application/json", answered[1], answered[0])
