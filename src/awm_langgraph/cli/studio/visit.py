"""A visit to a running server: its API, and the threads that are to be gone again afterwards."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

import httpx
from langgraph_sdk import get_client
from langgraph_sdk.client import LangGraphClient
from langgraph_sdk.errors import LangGraphError

from awm_langgraph.errors import AwmError

POOL_PATH = "/awm/pool"
TASK: dict[str, Any] = {"catalog": "bundled", "scenario": "support_desk", "task_idx": 3}
SCRIPTED: dict[str, Any] = {"agent": "scripted:novice", "expert": "scripted:expert", "seed": 1}
"""Played by scripts, which cost nothing; with this seed the novice changes the database, errs, and can be helped."""
READ_SECONDS = 300.0
_CONNECT_SECONDS = 5.0


class FlawError(AwmError):
    """The server does not do what it should."""


@dataclass(frozen=True)
class Visit:
    """A server and what was made on it."""

    url: str
    client: LangGraphClient
    at_once: int
    threads: list[str] = field(default_factory=list)
    made_assistants: list[str] = field(default_factory=list)

    async def knock(self) -> None:
        """Ask for a sign of life, once: where nobody listens the client tries six times, for eight seconds.

        Raises:
            httpx.ConnectError: nobody listens.
        """
        async with httpx.AsyncClient(timeout=httpx.Timeout(READ_SECONDS, connect=_CONNECT_SECONDS)) as http:
            await http.get(f"{self.url.rstrip('/')}/ok")

    async def thread(self) -> str:
        """Make a thread for the time of the visit."""
        self.threads.append((await self.client.threads.create())["thread_id"])
        return self.threads[-1]

    async def assistant(self, graph: str, **context: Any) -> str:
        """Make an assistant for the time of the visit, played by scripts."""
        made = await self.client.assistants.create(graph, context={**SCRIPTED, **context}, name="studio-check")
        self.made_assistants.append(made["assistant_id"])
        return made["assistant_id"]

    async def play(self, graph: str, thread: str, **more: Any) -> dict[str, Any]:
        """Run a graph to its end or to where it waits, and return its values.

        Raises:
            FlawError: the run failed.
        """
        values = await self.attempt(graph, thread, **more)
        if "__error__" in values:
            raise FlawError(f"a run of {graph} failed: {said_in(values)}")
        return values

    async def attempt(self, graph: str, thread: str, **more: Any) -> dict[str, Any]:
        """Run a graph; where the run fails the answer says so in ``__error__``."""
        given: dict[str, Any] = {"input": TASK, "context": SCRIPTED, **more}
        values: Any = await self.client.runs.wait(thread, graph, raise_error=False, **given)
        return dict(values)

    async def assistants(self) -> dict[str, str]:
        """Find the assistant that the server itself has made for each graph: its id by the graph's."""
        found = await self.client.assistants.search(metadata={"created_by": "system"}, limit=100)
        return {one["graph_id"]: one["assistant_id"] for one in found}

    async def pool(self) -> dict[str, Any]:
        """Read what the environment pool holds and has done.

        Raises:
            FlawError: the server does not tell.
        """
        async with httpx.AsyncClient(timeout=READ_SECONDS) as http:
            answer = await http.get(f"{self.url.rstrip('/')}{POOL_PATH}")
        if not answer.is_success:
            raise FlawError(
                f'{POOL_PATH} answers {answer.status_code}: set "http": {{"app": ...}} as our langgraph.json does'
            )
        return dict(answer.json())


@asynccontextmanager
async def visiting(url: str, *, at_once: int = 1) -> AsyncIterator[Visit]:
    """Talk to a server, and take away what was made on it."""
    # a run may wait in line behind others before its first byte comes
    async with get_client(url=url, timeout=(_CONNECT_SECONDS, READ_SECONDS, READ_SECONDS, READ_SECONDS)) as client:
        visit = Visit(url, client, at_once)
        try:
            yield visit
        finally:
            for thread in visit.threads:
                with suppress(httpx.HTTPError, LangGraphError):
                    await client.threads.delete(thread)
            for assistant in visit.made_assistants:
                with suppress(httpx.HTTPError, LangGraphError):
                    await client.assistants.delete(assistant)


def expect(what: str, expected: object, found: object) -> None:
    """Hold what was found against what should be.

    Raises:
        FlawError: they differ.
    """
    if expected != found:
        raise FlawError(f"{what}: expected {expected}, found {found}")


def said_in(values: Mapping[str, Any]) -> str:
    """Put a failed run's error in words."""
    error = values.get("__error__") or {}
    return f"{error.get('error')}: {error.get('message')}"
